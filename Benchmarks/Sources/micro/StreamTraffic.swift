import Primitives

/// Cameras that send H.264 in fragments: a packet of each in turn, 400 a second each, a picture of 16 packets.
struct StreamTraffic {
  let streams: Int
  private var packet: [UInt8]
  private var sequence: UInt16 = 0
  private var arrivalNanos = SampleMessages.base * Nanos.perSecond

  init(streams: Int) {
    self.streams = streams
    packet = Array(repeating: 0x5A, count: 1_260)
    packet[0] = 0x80
    packet[1] = 96
    packet[12] = 0x7C
    packet[13] = 0x01
  }

  /// One packet of every stream.
  mutating func round(into pass: inout LanePass) {
    let timestamp = UInt32(sequence / 16) &* 3_600
    write(UInt32(sequence), at: 2, width: 2)
    write(timestamp, at: 4, width: 4)
    for stream in 0..<streams {
      write(UInt32(stream) &* 2_654_435_761, at: 8, width: 4)
      pass.take(
        packet.span.bytes, source: SourceAddress(ipv4: 0x0A00_0000 | UInt32(stream), port: 50_000),
        arrivalNanos: arrivalNanos)
      arrivalNanos += 2_500
    }
    sequence &+= 1
  }

  private mutating func write(_ value: UInt32, at offset: Int, width: Int) {
    for index in 0..<width {
      packet[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32((width - 1 - index) * 8))
    }
  }
}
