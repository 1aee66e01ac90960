/// Everything that is wrong with the registry's files, which are taken whole or not at all.
public struct RegistryError: Error, Hashable, Sendable, CustomStringConvertible {
  /// One fault.
  public struct Problem: Hashable, Sendable, CustomStringConvertible {
    public var file: String
    /// The line of the file, from 1; nil if the fault has none.
    public var line: Int?
    public var cause: String

    /// `cannot read registry devices.csv line 12: class "camara" is none of camera, bts, sensor, gateway`.
    public var description: String {
      "cannot read registry \(file)\(line.map { " line \($0)" } ?? ""): \(cause)"
    }
  }

  /// How many problems are told; the rest is counted.
  public static let listed = 20

  /// The first `listed` problems, in the order of the files.
  public private(set) var problems: [Problem] = []
  /// Problems beyond those.
  public private(set) var omitted = 0

  init() {}

  init(file: String, cause: String) {
    problems = [Problem(file: file, line: nil, cause: cause)]
  }

  mutating func add(_ other: RegistryError) {
    problems += other.problems
    omitted += other.omitted
  }

  mutating func add(_ file: String, _ line: Int?, _ cause: String) {
    if problems.count < Self.listed {
      problems.append(Problem(file: file, line: line, cause: cause))
    } else {
      omitted += 1
    }
  }

  /// A line for each problem.
  public var description: String {
    var lines = problems.map(\.description)
    if omitted > 0 { lines.append("and \(omitted) more") }
    return lines.joined(separator: "\n")
  }
}
