extension RTPRoom {
  /// Streams one behind the other: pictures in order, pictures out of order, one that jumps, metadata, MPEG-TS, H.265.
  public static let seeds: [[UInt8]] = {
    let units: [[UInt8]] = [
      [0x67, 0x42, 0x00, 0x1E, 0x01], [0x68, 0xCE, 0x01], [0x7C, 0x85] + [UInt8](repeating: 0, count: 60),
      [0x7C, 0x05] + [UInt8](repeating: 0, count: 60), [0x7C, 0x45] + [UInt8](repeating: 0, count: 60),
    ]
    func packet(_ ssrc: UInt8, _ number: Int, _ picture: Int, _ payload: [UInt8], type: UInt8 = 96) -> [UInt8] {
      let time = UInt32(truncatingIfNeeded: picture * 3_600)
      let head: [UInt8] = [0x80, type, UInt8(number >> 8 & 255), UInt8(number & 255)]
      return head + (0..<4).map { UInt8(truncatingIfNeeded: time >> (24 - 8 * UInt32($0))) } + [0, 0, 0, ssrc] + payload
    }
    let numbers = Array(0..<80)
    func pictures(_ ssrc: UInt8, _ order: [Int], jump: Bool = false) -> [[UInt8]] {
      order.map { number in
        let picture = number / 8 + number % 8 / 5
        return packet(
          ssrc, jump && number >= 20 ? number + 20_000 : number, jump && picture >= 3 ? picture + 1_000_000 : picture,
          units[number % 8 % 5])
      }
    }
    var all = pictures(1, numbers)
    all += pictures(2, Array(numbers[..<40] + numbers[44..<60] + numbers[40..<44] + numbers[60...]))
    all += pictures(3, numbers, jump: true)
    all += (0..<30).map { packet(4, $0, $0, Array("<tt:MetadataStream/>".utf8), type: 107) }
    all += (0..<30).map { packet(5, $0, $0, [0x47] + [UInt8](repeating: 0, count: 187)) }
    all += (0..<30).map { packet(6, $0, $0, [0x62, 0x01, 0x93] + [UInt8](repeating: 0, count: 40)) }
    return all
  }()
}

extension RTCPRoom {
  /// Reports, goodbyes without end, lengths that are wrong, and SRTCP with an index and tags of several lengths.
  public static let seeds: [[UInt8]] = {
    let report: [UInt8] = [0x80, 0xC8, 0x00, 0x06, 0x11, 0x22, 0x33, 0x44] + [UInt8](repeating: 0, count: 20)
    var all = [report, report[..<3] + [0x07] + report[4...], [0x81] + report[1...]]
    for (count, type, size) in [(31, 203, 31), (31, 202, 62), (1, 201, 7)] as [(UInt8, UInt8, Int)] {
      let packet = [0x80 | count, type, 0, UInt8(size)] + [UInt8](repeating: 0, count: 4 * size)
      all.append(Array(repeatElement(packet, count: 100).joined()))
    }
    for tag in [0, 4, 10] {
      all.append(report[..<8] + Array(100..<136) + [0x80, 0, 0, 0x07] + [UInt8](repeating: 0, count: tag))
    }
    return all
  }()
}
