import Primitives
import Registry
import Telemetry

/// Whose an event is that brings its sender's own name for itself.
extension RowEncoder {
  /// The device of the sender's own name, if the registry knows that; else what the registry has for the source address,
  /// else the sender's own name if it can be one, else the address.
  mutating func sender(
    of host: RawSpan, isDoubtful: Bool, from source: SourceAddress
  ) -> SenderMemo.Sender {
    let product = (source.low ^ (isDoubtful ? ~source.high : source.high)).multipliedFullWidth(by: hash.seed | 1)
    let sum = hash.hash(host) ^ product.high ^ product.low
    if let known = senders.find(sum) { return known }
    let found = Self.findSender(of: host, isDoubtful: isDoubtful, from: source.withoutPort, in: admission.registry)
    senders.insert(sum, found)
    return found
  }

  /// The same, without remembering it.
  @inline(never)
  static func findSender(
    of host: RawSpan, isDoubtful: Bool, from source: SourceAddress, in registry: DeviceRegistry
  ) -> SenderMemo.Sender {
    let name = NameCheck.name(host)
    let address = HostAddress.address(host)
    if let name, address == nil, let known = registry.deviceIndex(host: name, from: source) {
      return .device(Int32(known))
    }
    if let address, address.namesOne, let known = registry.deviceIndex(address: address) {
      return .device(Int32(known))
    }
    if let known = registry.deviceIndex(address: source) { return .device(Int32(known)) }
    if isDoubtful { return .source }
    if let address { return address.namesOne ? .ownAddress : .source }
    return name.map { NameCheck.namesOne($0) } ?? false ? .ownName : .source
  }

  /// The text of a sender's name.
  static func deviceName(
    _ sender: SenderMemo.Sender, host: RawSpan, from source: SourceAddress, in registry: DeviceRegistry
  ) -> String {
    switch sender {
    case .device(let index): registry.devices[Int(index)].id
    case .ownName: host.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    case .ownAddress: (HostAddress.address(host) ?? source).addressText
    case .source: source.addressText
    }
  }
}
