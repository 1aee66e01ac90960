import Protocols

extension ProtocolDetail {
  /// As Foundation's JSON writer takes it.
  var object: Any {
    switch self {
    case .count(let count): count
    case .integer(let value): value
    case .decimal(let value): value
    case .flag(let value): value
    case .text(let text): text
    case .list(let list): list.map(\.object)
    case .object(let members): members.mapValues(\.object)
    }
  }
}
