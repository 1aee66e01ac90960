extension NTPRoom {
  /// Clients of each version, with a time, a random number, extension fields and a code; then what is no client, what is
  /// cut, and what would be amplified elsewhere.
  public static let seeds: [[UInt8]] = {
    func header(_ first: UInt8, _ rest: [UInt8] = []) -> [UInt8] {
      var octets = [first, 0, 6, 0xEC] + rest
      octets += [UInt8](repeating: 0, count: max(0, 40 - octets.count))
      return octets + [0xEE, 0xB8, 0x6A, 0x40, 0x80, 0, 0, 0]
    }
    var chrony = header(0x23)
    chrony[3] = 32
    return [
      header(0xE3), header(0x1B), header(0x13), header(0x0B), chrony,
      Array(header(0x1B).prefix(40)) + [0, 0, 0, 0, 0, 0, 0, 0],
      header(0x23) + [UInt8](repeating: 7, count: 20),
      header(0x23) + [1, 4, 4, 0] + [UInt8](repeating: 7, count: 1_020),
      Array(header(0x23).prefix(47)), [0x23], [0x03], header(0x2B), header(0x24), header(0x21), header(0x20),
      [0x16, 0x02, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], [0x17, 0, 3, 0x2A] + [UInt8](repeating: 0, count: 4),
      header(0x27), [UInt8](repeating: 0x23, count: 65_507),
    ]
  }()
}
