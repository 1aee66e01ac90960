extension JSONValue {
  /// The value as one line of JSON.
  public var serialized: String { String(decoding: bytes, as: UTF8.self) }

  /// The same as bytes.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return bytes
  }

  /// Writes the value behind `bytes`.
  public func append(to bytes: inout [UInt8]) {
    var writer = JSONWriter()
    writer.value(self)
    writer.move(to: &bytes)
  }

  /// The value in lines for people, members by name.
  public var indented: String {
    var text = ""
    indent(to: &text, depth: 0)
    return text
  }

  private func indent(to text: inout String, depth: Int) {
    let items: [(name: String?, value: JSONValue)] =
      switch self {
      case .object(let members): members.sorted { $0.name < $1.name }.map { ($0.name, $0.value) }
      case .array(let elements): elements.map { (nil, $0) }
      default: []
      }
    if items.isEmpty { return text += serialized }
    let isObject = items[0].name != nil
    text += isObject ? "{\n" : "[\n"
    for (index, item) in items.enumerated() {
      text += String(repeating: "  ", count: depth + 1)
      if let name = item.name { text += JSONValue.string(name).serialized + ": " }
      item.value.indent(to: &text, depth: depth + 1)
      text += index == items.count - 1 ? "\n" : ",\n"
    }
    text += String(repeating: "  ", count: depth) + (isObject ? "}" : "]")
  }
}

extension JSONWriter {
  /// A whole value.
  public mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .boolean(let value): boolean(value)
    case .integer(let value): integer(value)
    case .number(let value): double(value)
    case .string(let text): string(text)
    case .array(let elements):
      beginArray()
      for element in elements { self.value(element) }
      endArray()
    case .object(let members):
      beginObject()
      for member in members {
        let memberName: String = member.name
        name(memberName)
        self.value(member.value)
      }
      endObject()
    }
  }
}
