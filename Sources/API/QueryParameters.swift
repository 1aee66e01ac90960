import Lagoon
import Primitives
import Rollups
import Telemetry
import Text

/// The parameters of one request, decoded and held against those that its route has.
struct QueryParameters: Sendable {
  private let values: [String: String]

  /// - Parameter query: what stands behind the `?`, as `application/x-www-form-urlencoded` has it.
  init(query: String, allowed: [APIRoute.Parameter]) throws(APIProblem) {
    var values: [String: String] = [:]
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let rawValue = parts.count > 1 ? parts[1] : ""
      guard let name = Self.decode(parts[0]), let value = Self.decode(rawValue) else {
        throw APIProblem.badParameter(String(parts[0]), value: String(rawValue), cause: "its encoding is broken")
      }
      guard allowed.contains(where: { $0.takes(name) }) else {
        throw APIProblem.badParameter(name, value: value, cause: "there is no such parameter here")
      }
      if value.isEmpty { throw APIProblem.badParameter(name, value: value, cause: "it is empty") }
      if values.updateValue(value, forKey: name) != nil {
        throw APIProblem.badParameter(name, value: value, cause: "it is given twice")
      }
    }
    for parameter in allowed where parameter.isRequired && values[parameter.name] == nil {
      throw APIProblem.missingParameter(parameter.name)
    }
    self.values = values
  }

  /// Whatever is given that can be read: the last one of a name counts, and what is empty is none.
  init(lenient query: String) {
    var values: [String: String] = [:]
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let name = Self.decode(parts[0]), let value = Self.decode(parts[1]) else { continue }
      values[name] = value.isEmpty ? nil : value
    }
    self.values = values
  }

  /// Undoes percent-encoding; nil if it is broken or not UTF-8. `+` stands for a blank in a query, not in a path.
  static func decode(_ text: Substring, plusIsBlank: Bool = true) -> String? {
    // Names are stored in normalisation form C.
    PercentCoding.decode(text, plusIsBlank: plusIsBlank)?.composed
  }

  func text(_ name: String) -> String? { values[name] }

  /// A required parameter; its absence was refused already.
  func required(_ name: String) throws(APIProblem) -> String {
    guard let value = values[name] else { throw APIProblem.missingParameter(name) }
    return value
  }

  func time(_ name: String) throws(APIProblem) -> UnixNanos? {
    guard let value = values[name] else { return nil }
    guard let time = RFC3339.parse(value) else {
      throw APIProblem.badParameter(
        name, value: value, cause: "it is no RFC 3339 time such as 2026-11-20T07:00:00+07:00")
    }
    return time
  }

  /// `from` and `to`, each nil if not given; `from` must be before `to`.
  func range() throws(APIProblem) -> (from: UnixNanos?, to: UnixNanos?) {
    let from = try time("from")
    let to = try time("to")
    if let from, let to, from >= to {
      throw APIProblem.badParameter("to", value: values["to"] ?? "", cause: "it is not after from")
    }
    return (from, to)
  }

  /// How many rows a page may have: 100 unless told otherwise.
  func limit(orElse usual: Int = 100) throws(APIProblem) -> Int {
    guard let value = values["limit"] else { return usual }
    guard let limit = Int(value), (1...Limits.pageRows).contains(limit) else {
      throw APIProblem.badParameter("limit", value: value, cause: "it must be a number of 1 to \(Limits.pageRows)")
    }
    return limit
  }

  /// `1` or `true`, `0` or `false`; false if not given.
  func flag(_ name: String) throws(APIProblem) -> Bool {
    switch values[name] {
    case nil, "0", "false": return false
    case "1", "true": return true
    case .some(let value):
      throw APIProblem.badParameter(name, value: value, cause: "it must be 1 or 0")
    }
  }

  /// A whole number within bounds; nil if not given.
  func count(_ name: String, in bounds: ClosedRange<Int>) throws(APIProblem) -> Int? {
    guard let value = values[name] else { return nil }
    guard let count = Int(value), bounds.contains(count) else {
      throw APIProblem.badParameter(
        name, value: value, cause: "it must be a number of \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return count
  }

  /// A version, as an answer gave it.
  func version(_ name: String) throws(APIProblem) -> Int64 {
    let value = values[name] ?? ""
    guard let version = Int64(value), version >= 0, value.utf8.allSatisfy({ (48...57).contains($0) }) else {
      throw APIProblem.badParameter(name, value: value, cause: "it must be a version that an answer gave, or 0")
    }
    return version
  }

  /// Where the page before ended, read by `decode`.
  func cursor<Place>(_ decode: (String) -> Place?) throws(APIProblem) -> Place? {
    guard let value = values["cursor"] else { return nil }
    guard let place = decode(value) else {
      throw APIProblem.badParameter("cursor", value: value, cause: "it is none that was given out as next")
    }
    return place
  }

  /// One of a closed set of names.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, of type: Choice.Type
  ) throws(APIProblem) -> Choice? where Choice.RawValue == String {
    guard let value = values[name] else { return nil }
    guard let choice = Choice(rawValue: value) else {
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw APIProblem.badParameter(name, value: value, cause: "it must be one of \(names)")
    }
    return choice
  }

  /// How deep in the tree of areas groups lie.
  func level(groupBy: GroupBy) throws(APIProblem) -> Int? {
    let level = try count("level", in: 1...Limits.areaLevels)
    if let level, groupBy != .area {
      throw APIProblem.badParameter("level", value: String(level), cause: "it goes with group_by=area")
    }
    return level
  }

  /// The filter that the parameters `device`, `class`, `area`, `domain`, `agency` and `tag.<name>` make.
  func filter() -> DeviceFilter {
    let prefix = APIRoute.Parameter.tagPrefix
    let tags = values.filter { $0.key.hasPrefix(prefix) }.sorted { $0.key < $1.key }.map {
      SeriesKey.Tag(name: String($0.key.dropFirst(prefix.count)), value: $0.value)
    }
    return DeviceFilter(
      device: text("device"), deviceClass: text("class"), area: text("area"), domain: text("domain"),
      agency: text("agency"), tags: tags)
  }

  /// The tag of `group_by=tag:<name>`; nil if groups are not by a tag.
  func groupTag() -> String? {
    guard let value = values["group_by"], value.hasPrefix("tag:"), value.utf8.count > 4 else { return nil }
    return String(value.dropFirst(4))
  }
}

/// In which form rows are wanted.
enum AnswerFormat: String, CaseIterable {
  case json, csv
}

/// In which form availability is wanted: `html` is a page to print.
enum ReportFormat: String, CaseIterable {
  case json, csv, html
}

/// In which form rollups are wanted.
enum RollupFormat: String, CaseIterable {
  case json, csv, arrow
}
