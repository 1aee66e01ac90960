extension CoAPRoom {
  /// SenML packs: sound ones, and few octets that mean many. A base unit and a base name count in every layout, a device
  /// in every key.
  public static let packs: [[UInt8]] = {
    func records(_ count: Int, _ record: (Int) -> String) -> String { (1...count).map(record).joined(separator: ",") }
    let fields = records(1_000) { "{\"n\":\"f\($0)\",\"v\":1}" }
    let unit = String(repeating: "U", count: 5_000)
    let name = String(repeating: "s", count: 480)
    let times = records(899) { "{\"v\":1,\"t\":\($0)}" }
    let own = records(899) { "{\"n\":\"a\($0)\",\"v\":1,\"t\":\($0)}" }
    let texts = [
      "[{\"bn\":\"urn:dev:mac:aa/\",\"bt\":1795186800,\"n\":\"t\",\"u\":\"Cel\",\"v\":23.5},{\"n\":\"o\",\"vb\":true}]",
      "[{\"bn\":\"urn:dev:mac:bb/\",\"bt\":1e30,\"n\":\"t\",\"v\":NaN},{\"n\":\"o\",\"v\":\"x\"},{\"n\":\"p\",\"v\":1},7]",
      "[{\"bn\":\"urn:dev:ops:p:\",\"bu\":\"\(unit)\",\"n\":\"z\",\"v\":1},\(fields)]",
      "[{\"bn\":\"urn:dev:ops:x_\(name)\",\"v\":1},\(times),{\"bn\":\"urn:dev:ops:x:\"},\(own)]",
      "[\(records(2_000) { "{\"n\":\"d\($0)/v\",\"v\":1e308,\"t\":-1e9}" })]",
    ]
    // CBOR: two records, arrays in arrays, and a map that promises more than there is.
    let octets: [[UInt8]] = [
      [
        0x82, 0xA3, 0x21, 0x66, 0x64, 0x61, 0x74, 0x61, 0x22, 0xFB, 0x41, 0xDA, 0xBF, 0x47, 0xAC, 0, 0, 0, 0xA2, 0,
        0x61, 0x74, 0x02, 0xF9, 0x4E, 0, 0xA2, 0, 0x61, 0x62, 0x04, 0xF5,
      ],
      [UInt8](repeating: 0x9F, count: 5_000), [0x81, 0xBB] + [UInt8](repeating: 0xFF, count: 8),
    ]
    return texts.map { Array($0.utf8) } + octets
  }()

  /// A request for each pack, with a path of one letter and the format that suits it.
  public static let seeds: [[UInt8]] = packs.map { pack in
    [0x40, 0x02, 0x00, 0x01, 0xB1, 0x6D, 0x11, pack[0] == 0x5B ? 0x6E : 0x70, 0xFF] + pack
  }
}
