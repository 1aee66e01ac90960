import Primitives
import Testing
@testable import Protocols

/// Silence, return, goodbye, stills and loss, judged by device.
@Suite struct CameraWatchTests {
  /// Streams of devices, judged second by second as a lane does it.
  struct Scene {
    let watch = CameraWatch()
    var second: Int64 = 100
    var told: [String] = []

    struct Stream {
      var subject = "gate"
      var number: Int64
      var isVideo = true
      var isOpen = false
      var type: UInt8 = 96
      var hasLeft = false
      var stands = false
      var moves = false
      var isBad = false
      /// When it was heard last, in seconds; nil for this second.
      var last: Int64?
    }

    mutating func pass(_ streams: [Stream], seconds: Int64 = 1) {
      for _ in 0..<seconds {
        second += 1
        let end = second * Nanos.perSecond
        let facts = streams.map { stream in
          let last = stream.last.map { $0 * Nanos.perSecond - 1_000 + stream.number } ?? end - 1_000 + stream.number
          let isQuiet = end - last >= 5 * Nanos.perSecond
          return CameraWatch.Facts(
            lastArrival: last, isVideo: stream.isVideo, isOpen: stream.isOpen, payloadType: stream.type,
            hasLeft: stream.hasLeft, stands: stream.stands && !isQuiet, moves: stream.moves,
            isBad: stream.isBad && !isQuiet, isLive: end - last < Nanos.perSecond)
        }
        for (stream, facts) in zip(streams, facts) { watch.note(.device(stream.subject), facts, at: end) }
        for (stream, facts) in zip(streams, facts) {
          watch.judge(.device(stream.subject), facts, at: end, silentNanos: 5 * Nanos.perSecond) {
            told.append("\($0) \(second)")
          }
        }
      }
    }
  }

  @Test func aNewStreamIsTheSameCamera() {
    var scene = Scene()
    scene.pass([.init(number: 1)], seconds: 10)
    let old = Scene.Stream(number: 1, last: 110)
    scene.pass([old], seconds: 20)
    scene.pass([old, .init(number: 2)], seconds: 20)
    #expect(scene.told == ["silent 115", "active 131"])
  }

  /// A stream for each group of pictures: the camera was never away.
  @Test func manyStreamsInTurn() {
    var scene = Scene()
    var gone: [Scene.Stream] = []
    for number in 0..<10 {
      scene.pass(gone + [.init(number: Int64(number))], seconds: 2)
      gone.append(.init(number: Int64(number), last: scene.second))
    }
    #expect(scene.told.isEmpty)
  }

  @Test func whatRestsByItsNature() {
    var scene = Scene()
    let video = Scene.Stream(number: 1)
    scene.pass([video, .init(number: 2, isVideo: false)], seconds: 3)
    scene.pass([video, .init(number: 2, isVideo: false, last: 103)], seconds: 60)
    #expect(scene.told.isEmpty)
    // The other way round the picture is gone.
    scene.pass([.init(number: 1, last: 163), .init(number: 2, isVideo: false)], seconds: 30)
    #expect(scene.told == ["silent 168"])
    // A device that never had any is silent as a whole.
    var sound = Scene()
    sound.pass([.init(number: 1, isVideo: false)], seconds: 3)
    sound.pass([.init(number: 1, isVideo: false, last: 103)], seconds: 10)
    #expect(sound.told == ["silent 108"])
  }

  /// After a restart the stream of the type that was video is believed before its clock is known.
  @Test func theTypeOfBefore() {
    var scene = Scene()
    scene.pass([.init(number: 1)], seconds: 3)
    let old = Scene.Stream(number: 1, last: 103)
    scene.pass([old], seconds: 10)
    scene.pass([old, .init(number: 2, isVideo: false, isOpen: true)])
    #expect(scene.told == ["silent 108", "active 114"])
  }

  @Test func goodbyes() {
    var scene = Scene()
    scene.pass([.init(number: 1)], seconds: 5)
    scene.pass([.init(number: 1, hasLeft: true, last: 105)], seconds: 40)
    #expect(scene.told.isEmpty, "who took his leave is not silent")
    scene.pass([.init(number: 1)], seconds: 5)
    scene.pass([.init(number: 1, last: 150)], seconds: 10)
    #expect(scene.told == ["active 146", "silent 155"])
    // One stream of two ends.
    var other = Scene()
    other.pass([.init(number: 1), .init(number: 2)], seconds: 5)
    other.pass([.init(number: 1, hasLeft: true, last: 105), .init(number: 2)], seconds: 20)
    #expect(other.told.isEmpty)
  }

  @Test func stillsAndMotion() {
    var scene = Scene()
    scene.pass([.init(number: 1, stands: true), .init(number: 2, stands: true)], seconds: 10)
    #expect(scene.told == ["frozen 101"], "two streams, one camera")
    // It dies so: nothing moves.
    scene.pass([.init(number: 1, stands: true, last: 110), .init(number: 2, last: 110)], seconds: 20)
    #expect(scene.told == ["frozen 101", "silent 115"])
    // It comes back with a new stream, and moves.
    scene.pass([.init(number: 3, moves: true)], seconds: 5)
    #expect(scene.told == ["frozen 101", "silent 115", "active 131", "moving 131"])
  }

  @Test func lossAndMending() {
    var scene = Scene()
    scene.pass([.init(number: 1, isBad: true)], seconds: 5)
    scene.pass([.init(number: 1)], seconds: 4)
    scene.pass([.init(number: 1, isBad: true)], seconds: 1)
    scene.pass([.init(number: 1)], seconds: 20)
    #expect(scene.told == ["degraded 101", "clear 120"])
  }

  @Test func camerasAreBounded() {
    let watch = CameraWatch()
    let facts = CameraWatch.Facts(
      lastArrival: 1, isVideo: true, isOpen: false, payloadType: 96, hasLeft: false, stands: false, moves: false,
      isBad: false, isLive: true)
    for number in 0..<Limits.cameras + 5_000 {
      var own = facts
      own.lastArrival = Int64(number)
      watch.note(.address(SourceAddress(ipv4: UInt32(number), port: 0)), own, at: Int64(number))
    }
    // The oldest are forgotten: nothing is told of them, the newest are known.
    var told = 0
    for number in [0, Limits.cameras + 4_999] {
      var own = facts
      own.lastArrival = Int64(number)
      watch.judge(
        .address(SourceAddress(ipv4: UInt32(number), port: 0)), own, at: 60 * Nanos.perSecond,
        silentNanos: 5 * Nanos.perSecond
      ) { _ in told += 1 }
    }
    #expect(told == 1)
  }
}
