/// Builds frames layer by layer, outermost last.
enum Packet {
  static func big16(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }
  static func big32(_ value: Int) -> [UInt8] { big16(value >> 16 & 0xFFFF) + big16(value & 0xFFFF) }

  static let address6Source: [UInt8] = [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]
  static let address6Destination: [UInt8] = [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [2]

  static func udp(_ payload: [UInt8], length: Int? = nil, from: Int = 1_000, to: Int = 2_000) -> [UInt8] {
    big16(from) + big16(to) + big16(length ?? payload.count + 8) + [0, 0] + payload
  }

  /// From 10.0.0.1 to 10.0.0.2.
  static func ipv4(
    _ payload: [UInt8], protocol number: UInt8 = 17, identification: Int = 1, offset: Int = 0, more: Bool = false,
    totalLength: Int? = nil, options: [UInt8] = [], first: UInt8? = nil
  ) -> [UInt8] {
    let headerLength = 20 + options.count
    var header: [UInt8] = [first ?? UInt8(0x40 | headerLength / 4), 0]
    header += big16(totalLength ?? headerLength + payload.count) + big16(identification)
    header += big16((more ? 0x2000 : 0) | offset / 8) + [64, number, 0, 0] + [10, 0, 0, 1, 10, 0, 0, 2]
    return header + options + payload
  }

  /// From 2001:db8::1 to 2001:db8::2.
  static func ipv6(_ payload: [UInt8], next: UInt8 = 17, length: Int? = nil) -> [UInt8] {
    [0x60, 0, 0, 0] + big16(length ?? payload.count) + [next, 64] + address6Source + address6Destination + payload
  }

  static func fragment6(
    _ payload: [UInt8], next: UInt8 = 17, offset: Int, more: Bool, identification: Int = 7
  ) -> [UInt8] {
    ipv6([next, 0] + big16(offset | (more ? 1 : 0)) + big32(identification) + payload, next: 44)
  }

  static func ethernet(_ payload: [UInt8], type: Int = 0x0800) -> [UInt8] {
    [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2] + big16(type) + payload
  }

  static func vlan(_ payload: [UInt8], type: Int = 0x0800, identifier: Int = 5) -> [UInt8] {
    big16(identifier) + big16(type) + payload
  }

  static func pppoe(_ payload: [UInt8], code: UInt8 = 0) -> [UInt8] {
    [0x11, code, 0, 1] + big16(payload.count) + payload
  }
}
