/// The value of a JSON text.
public enum JSONValue: Hashable, Sendable {
  case null
  case boolean(Bool)
  /// A number without point and exponent that 64 bits hold.
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  /// Members in the order in which they stand.
  case object([JSONMember])

  /// The first member of that name; nil if there is none, or this is no object.
  public subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  public var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  public var integer: Int64? {
    guard case .integer(let value) = self else { return nil }
    return value
  }

  /// Any number; a whole one as the nearest double.
  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  public var boolean: Bool? {
    guard case .boolean(let value) = self else { return nil }
    return value
  }

  public var members: [JSONMember] {
    guard case .object(let members) = self else { return [] }
    return members
  }

  public var elements: [JSONValue] {
    guard case .array(let elements) = self else { return [] }
    return elements
  }

  /// The members of an object that are texts; of two with one name the last.
  public var texts: [String: String] {
    var result: [String: String] = [:]
    for member in members {
      if let text = member.value.text { result[member.name] = text }
    }
    return result
  }

  /// An object from pairs.
  public static func members(_ pairs: [(String, JSONValue)]) -> JSONValue {
    .object(pairs.map { JSONMember(name: $0.0, value: $0.1) })
  }

  /// An object from pairs.
  public static func members(_ members: (String, JSONValue)...) -> JSONValue { .members(Array(members)) }

  /// An object whose members stand by name.
  public static func members(_ members: [String: JSONValue]) -> JSONValue {
    .object(members.sorted { $0.key < $1.key }.map { JSONMember(name: $0.key, value: $0.value) })
  }

  /// A count of any width; one beyond 63 bits, which nothing reaches, as the largest.
  public static func count(_ value: some BinaryInteger) -> JSONValue { .integer(Int64(clamping: value)) }

  /// An object of texts, by name.
  public static func texts(_ texts: [String: String]) -> JSONValue {
    .object(texts.sorted { $0.key < $1.key }.map { JSONMember(name: $0.key, value: .string($0.value)) })
  }
}

/// A name and its value in a JSON object.
public struct JSONMember: Hashable, Sendable {
  public var name: String
  public var value: JSONValue

  public init(name: String, value: JSONValue) {
    self.name = name
    self.value = value
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
  public init(stringLiteral text: String) { self = .string(text) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
}
