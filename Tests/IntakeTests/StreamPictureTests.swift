import Primitives
import Testing
@testable import Protocols

/// Pictures that stand still, key pictures that do not come whole, and what the codec is.
@Suite struct StreamPictureTests {
  private static let frame = 40 * Nanos.perMillisecond

  /// Feeds groups of pictures, 25 a second, the first of each a key picture; whether it stands at the end.
  private func stands(
    _ groups: [[Int32]], knowsKeys: Bool = true, damaged: (Int) -> Bool = { _ in false }
  ) -> (stands: Bool, movingSeconds: Int32) {
    var still = StillPicture()
    var now: UnixNanos = 0
    var number = 0
    for group in groups {
      for (index, size) in group.enumerated() {
        still.take(
          size: size, isKey: knowsKeys ? index == 0 : nil, isDamaged: damaged(number), skipped: 0, began: now)
        now += Self.frame
        number += 1
        if number % 25 == 0 { still.closeSecond() }
      }
    }
    return (still.stands(at: now, for: 10 * Nanos.perSecond), still.movingSeconds)
  }

  /// An encoder's group of 50 pictures that refines after its key picture.
  private func group(_ key: Int32 = 9_000, spread: ClosedRange<Int32> = 0...0) -> [Int32] {
    var random = SystemRandomNumberGenerator()
    return (0..<50).map { index in
      let size = index == 0 ? key : index < 20 ? 900 - 40 * Int32(index) : 60
      return size + Int32.random(in: spread, using: &random)
    }
  }

  @Test func groupsThatRepeat() {
    #expect(stands(Array(repeating: group(), count: 7)).stands)
    #expect(stands((0..<7).map { group(9_000 + 3 * ($0 % 2)) }).stands, "encoders number their key pictures")
    #expect(!stands(Array(repeating: group(), count: 4)).stands, "not for long enough")
    #expect(!stands((0..<30).map { _ in group(spread: -20...20) }).stands, "noise")
    #expect(!stands((0..<30).map { group(9_000 + 40 * ($0 % 2)) }).stands, "key pictures that differ")
  }

  @Test func keysOfAnUnknownCodec() {
    #expect(stands(Array(repeating: group(), count: 8), knowsKeys: false).stands)
    #expect(!stands((0..<30).map { _ in group(spread: -20...20) }, knowsKeys: false).stands)
    #expect(stands(Array(repeating: [Int32](repeating: 4_000, count: 50), count: 8), knowsKeys: false).stands)
  }

  /// One group of a minute: too long to be compared, but all between key pictures is alike.
  @Test func longGroups() {
    let long = [Int32(9_000)] + [Int32](repeating: 40, count: 1_500)
    #expect(stands([long]).stands)
    #expect(!stands([long.map { $0 + Int32.random(in: 0...30) }]).stands)
  }

  /// A picture in five seconds, each of its own.
  @Test func slowPictures() {
    var still = StillPicture()
    for number in 0..<12 {
      still.take(size: 20_000, isKey: true, isDamaged: false, skipped: 0, began: Int64(number) * 2 * Nanos.perSecond)
    }
    #expect(still.stands(at: 24 * Nanos.perSecond, for: 10 * Nanos.perSecond))
  }

  @Test func damageSaysNothing() {
    #expect(stands(Array(repeating: group(), count: 8), damaged: { $0 % 31 == 0 }).stands)
  }

  @Test func motion() {
    let moving = (0..<4).map { _ in group(spread: -200...200).map { max(10, $0) } }
    #expect(stands(Array(repeating: group(), count: 8) + moving).movingSeconds >= 2)
    #expect(stands(Array(repeating: group(), count: 12)).movingSeconds == 0)
  }

  // MARK: key pictures

  @Test func keysThatDoNotComeWhole() {
    var keys = KeyWatch()
    var now: UnixNanos = 0
    func second(_ count: Int64) -> Int64 { count * Nanos.perSecond }
    for number in 0..<5 {
      now = second(Int64(number) * 2)
      keys.begin(at: now)
      keys.end(timestamp: UInt32(number), missing: 0, at: now)
    }
    #expect(!keys.isBad(at: now + second(9)) && keys.isBad(at: now + second(11)), "none at all")
    for number in 5..<20 {
      now = second(Int64(number) * 2)
      keys.noteLoss()
      keys.begin(at: now)
      keys.end(timestamp: UInt32(number), missing: 3, at: now)
      #expect(keys.isBad(at: now) == (number >= 10))
    }
    // What is late after all makes the last one whole.
    for _ in 0..<3 { keys.takeLate(timestamp: 19) }
    #expect(!keys.isBad(at: now))
  }

  @Test func longGroupsAreNoFault() {
    var keys = KeyWatch()
    keys.begin(at: 0)
    keys.end(timestamp: 0, missing: 0, at: 0)
    #expect(!keys.isBad(at: 600 * Nanos.perSecond), "how often they come is not known")
    keys.begin(at: 60 * Nanos.perSecond)
    keys.end(timestamp: 1, missing: 0, at: 60 * Nanos.perSecond)
    #expect(!keys.isBad(at: 200 * Nanos.perSecond) && keys.isBad(at: 241 * Nanos.perSecond))
    keys.notePause(100 * Nanos.perSecond)
    #expect(!keys.isBad(at: 300 * Nanos.perSecond), "silence is no lack of key pictures")
  }

  @Test func latePicturesAreCounted() {
    var frames = StreamFrames(arrival: 0, timestamp: 0)
    func part(_ number: Int) -> StreamFrames.Part {
      StreamFrames.Part(
        arrival: Int64(number) * Self.frame, timestamp: UInt32(number * 3_600), bytes: 900, hasMarker: true, missing: 0,
        isKey: false, isContinuation: false, knowledge: .unknown)
    }
    var count = 1
    for number in 1..<300 {
      if number % 10 == 7 { continue }
      if frames.take(part(number)).begins { count += 1 }
      if number % 10 == 0, frames.takeLate(timestamp: UInt32((number - 3) * 3_600), bytes: 900) { count += 1 }
      // Its double, and one that is older than all that are remembered.
      #expect(number < 60 || !frames.takeLate(timestamp: UInt32((number - 4) * 3_600), bytes: 900))
      #expect(number < 60 || !frames.takeLate(timestamp: UInt32((number - 50) * 3_600), bytes: 900))
    }
    #expect(count == 299)
  }

  // MARK: codecs

  private func settled(_ payloads: [[UInt8]], isVideoClock: Bool = false) -> (codec: VideoCodec?, keys: Int) {
    var vote = CodecVote()
    for (number, payload) in payloads.enumerated() {
      var packet = RTPPacket()
      packet.timestamp = UInt32(number / 3)
      packet.payload = 0..<payload.count
      let verdict = vote.take(packet, payload.span.bytes, begins: number % 3 == 0, isVideoClock: isVideoClock)
      if case .codec(let codec, let keys, _) = verdict { return (codec, keys) }
    }
    return (nil, 0)
  }

  @Test func codecsAreToldBeforeClocks() {
    let first: [[UInt8]] = [
      [0x67, 66, 0, 30, 1], [0x68, 0xCE, 1], [0x7C, 0x85, 1], [0x7C, 0x05, 2], [0x7C, 0x45, 3],
    ]
    #expect(settled(first) == (.h264, 1))
    let newer: [[UInt8]] = [[0x40, 1, 1], [0x42, 1, 1], [0x62, 1, 0x93, 9], [0x62, 1, 0x13, 9]]
    #expect(settled(newer).codec == .h265)
    // Slices alone may be another codec's: the clock has to say so too.
    let slices = Array(repeating: [UInt8(0x41), 0x9A, 7, 7], count: 30)
    #expect(settled(slices).codec == nil && settled(slices, isVideoClock: true).codec == .h264)
  }

  @Test func noiseIsNoCodec() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<50 {
      let noise = (0..<600).map { _ in (0..<60).map { _ in UInt8.random(in: 0...255, using: &random) } }
      #expect(settled(noise, isVideoClock: true).codec == nil)
    }
  }

  @Test func metadataAndContainers() {
    func verdict(_ payload: [UInt8]) -> String {
      var vote = CodecVote()
      for number in 0..<6 {
        var packet = RTPPacket()
        packet.timestamp = UInt32(number)
        packet.payload = 0..<payload.count
        switch vote.take(packet, payload.span.bytes, begins: true, isVideoClock: true) {
        case .open: continue
        case .metadata: return "metadata"
        case .transportStream: return "transport"
        case .codec: return "codec"
        }
      }
      return "open"
    }
    #expect(verdict(Array("<tt:MetadataStream xmlns:tt='x'/>".utf8)) == "metadata")
    #expect(verdict([0x47, 0x42, 0] + [UInt8](repeating: 0x55, count: 185)) == "transport")
    #expect(verdict([0, 0, 1, 0xBA] + [UInt8](repeating: 0x55, count: 185)) == "open")
  }
}
