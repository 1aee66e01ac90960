/// A JSON text's value, as Delta logs hold it.
enum JSONValue: Hashable, Sendable {
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
  subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  var integer: Int64? {
    guard case .integer(let value) = self else { return nil }
    return value
  }

  var boolean: Bool? {
    guard case .boolean(let value) = self else { return nil }
    return value
  }

  var members: [JSONMember] {
    guard case .object(let members) = self else { return [] }
    return members
  }

  var elements: [JSONValue] {
    guard case .array(let elements) = self else { return [] }
    return elements
  }

  /// An object of texts, such as `partitionValues` and `tags`; members that are no text are left out.
  var texts: [String: String] {
    var result: [String: String] = [:]
    for member in members {
      if let text = member.value.text { result[member.name] = text }
    }
    return result
  }

  /// An object from pairs.
  static func members(_ pairs: [(String, JSONValue)]) -> JSONValue {
    .object(pairs.map { JSONMember(name: $0.0, value: $0.1) })
  }

  /// An object of texts, by name.
  static func texts(_ texts: [String: String]) -> JSONValue {
    .object(texts.sorted { $0.key < $1.key }.map { JSONMember(name: $0.key, value: .string($0.value)) })
  }
}

/// A name and its value in a JSON object.
struct JSONMember: Hashable, Sendable {
  var name: String
  var value: JSONValue
}
