import Text
import Yams

/// Writes YAML as the JSON that it stands for.
enum YAMLText {
  static func json(_ node: Node) -> String { value(node).serialized }

  private static func value(_ node: Node) -> JSONValue {
    switch node {
    case .mapping(let mapping):
      return .members(mapping.map { ($0.key.string ?? "", value($0.value)) })
    case .sequence(let sequence): return .array(sequence.map { value($0) })
    case .scalar(let scalar):
      // What stands in quotes is a text, whatever it looks like.
      if scalar.style != .plain && scalar.style != .any { return .string(scalar.string) }
      switch scalar.string {
      case "", "~", "null": return .null
      case "true": return .boolean(true)
      case "false": return .boolean(false)
      default: break
      }
      if let number = Int64(scalar.string) { return .integer(number) }
      // A text that is no number of JSON, as 1e5x or nan, stays one.
      let isNumber = scalar.string.utf8.allSatisfy { (48...57).contains($0) || $0 == 45 || $0 == 46 }
      if isNumber, let number = Double(scalar.string), number.isFinite { return .number(number) }
      return .string(scalar.string)
    case .alias: return .null
    }
  }
}
