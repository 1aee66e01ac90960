/// The words of an alert, with places for what is known only when it fires: `{device}`, `{name}`, `{area}`, `{value}`,
/// `{threshold}`, `{rule}`; where an event opens it, members of the event's attributes too: `{ifIndex}`.
public struct AlertMessage: Hashable, Sendable {
  /// What may stand in braces.
  public enum Placeholder: String, CaseIterable, Sendable {
    case device, name, area, value, threshold, rule
  }

  private enum Piece: Hashable, Sendable {
    case text(String)
    case place(String)
  }

  /// Why a text is no message.
  public struct Flaw: Error, CustomStringConvertible, Sendable {
    public var description: String
  }

  private var pieces: [Piece] = []

  /// Reads a text; braces that hold no known name are a flaw.
  ///
  /// - Parameter takesAttributes: whether any other name stands for a member of an event's attributes.
  public init(_ text: String, takesAttributes: Bool = false) throws(Flaw) {
    var rest = text[...]
    while let open = rest.firstIndex(of: "{") {
      if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
      guard let close = rest[open...].firstIndex(of: "}") else {
        throw Flaw(description: "a { without its }")
      }
      let name = String(rest[rest.index(after: open)..<close])
      guard Placeholder(rawValue: name) != nil || (takesAttributes && Self.isAttribute(name)) else {
        let known = Placeholder.allCases.map { "{\($0.rawValue)}" }.joined(separator: ", ")
        throw Flaw(description: "{\(name)} is none of \(known)")
      }
      pieces.append(.place(name))
      rest = rest[rest.index(after: close)...]
    }
    if !rest.isEmpty { pieces.append(.text(String(rest))) }
  }

  /// As it was written.
  public var source: String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .place(let name): "{\(name)}"
      }
    }.joined()
  }

  /// The text with its places filled; what is not known stays empty.
  ///
  /// - Parameter attribute: gives the value of a member of an event's attributes.
  public func text(
    _ values: [Placeholder: String], attribute: (String) -> String = { _ in "" }
  ) -> String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .place(let name): Placeholder(rawValue: name).flatMap { values[$0] } ?? attribute(name)
      }
    }.joined()
  }

  private static func isAttribute(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
          || byte == 0x2E || byte == 0x2D
      }
  }

  /// A number for people: three decimals at the most.
  public static func text(of value: Double) -> String {
    guard value.magnitude < 1e12 else { return "\(value)" }
    let thousandths = (value * 1_000).rounded()
    if thousandths.truncatingRemainder(dividingBy: 1_000) == 0 { return "\(Int64(thousandths) / 1_000)" }
    return "\(thousandths / 1_000)"
  }
}
