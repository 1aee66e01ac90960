/// What a replay tells of a protocol beside its account, in the shape of a JSON value.
public indirect enum ProtocolDetail: Sendable {
  case count(UInt64)
  case integer(Int)
  case decimal(Double)
  case flag(Bool)
  case text(String)
  case list([ProtocolDetail])
  case object([String: ProtocolDetail])
}
