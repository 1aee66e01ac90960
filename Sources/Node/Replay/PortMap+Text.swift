public import Protocols

extension PortMap {
  /// Maps one more port, or maps it anew: `1514=syslog`. Throws if the text is no such pair.
  public mutating func add(_ text: String) throws {
    let parts = text.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, let port = UInt16(parts[0]), port > 0 else {
      throw EngineError("cannot map port \(text): it must read PORT=PROTOCOL, such as 1514=syslog")
    }
    let known = TelemetryProtocol.spoken
    guard let kind = known.first(where: { $0.name == parts[1] }) else {
      let names = known.map(\.name).joined(separator: ", ")
      throw EngineError("cannot map port \(text): \(parts[1]) is none of \(names)")
    }
    set(port, kind)
  }
}
