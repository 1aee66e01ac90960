import Protocols
import Text

extension ProtocolDetail {
  /// What a protocol tells of a replay, beside its account.
  var json: JSONValue {
    switch self {
    case .count(let count): .count(count)
    case .integer(let value): .count(value)
    case .decimal(let value): .number(value)
    case .flag(let value): .boolean(value)
    case .text(let text): .string(text)
    case .list(let list): .array(list.map(\.json))
    case .object(let members): .members(members.mapValues(\.json))
    }
  }
}
