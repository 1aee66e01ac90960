import Primitives
import Telemetry
import Testing

@testable import Node
@testable import Protocols

/// Of what is refused a line says enough and a flood of it says no more.
@Suite struct RefusalLimiterTests {
  private func refusal(
    _ count: UInt64, _ host: UInt32 = 1, listener: Int = 0, reason: RejectReason = .empty, device: String? = nil
  ) -> RefusalLog.Refusal {
    RefusalLog.Refusal(
      listener: listener, reason: .rejected(reason), address: SourceAddress(ipv4: 0x0A00_0000 | host, port: 0),
      device: device, count: count, last: 0, sample: [0x3C, 0x33])
  }

  private static let second = Nanos.perSecond

  @Test func theFirstIsToldAtOnceAndTheOthersAreCounted() {
    var limiter = RefusalLimiter()
    let first = limiter.notices(of: [refusal(1, device: "cam-17")], at: 0)
    #expect(
      first == [
        RefusalLimiter.Notice(
          listener: 0, reason: "empty", address: "10.0.0.1", device: "cam-17", sample: [0x3C, 0x33], more: 0)
      ])
    // A flood says nothing for ten seconds, and then how much it was.
    for tick in 1..<20 {
      let told = limiter.notices(of: [refusal(1 + UInt64(tick) * 1_000)], at: Int64(tick) * Self.second / 2)
      #expect(told.isEmpty)
    }
    #expect(limiter.notices(of: [refusal(25_001)], at: 10 * Self.second).map(\.more) == [24_999])
    // Without anything new nothing is said.
    #expect(limiter.notices(of: [refusal(25_001)], at: 60 * Self.second).isEmpty)
    #expect(limiter.notices(of: [refusal(25_002)], at: 61 * Self.second).map(\.more) == [0])
  }

  @Test func eachListenerAndReasonHasItsOwn() {
    var limiter = RefusalLimiter()
    let all = [
      refusal(1), refusal(2, listener: 1), refusal(3, reason: .sourceNotAllowed), refusal(4, 2), refusal(5, 3),
    ]
    let told = limiter.notices(of: all, at: 0)
    // The newest address of a kind stands for all of it.
    #expect(
      told.map { "\($0.listener) \($0.reason) \($0.address ?? "") \($0.more)" } == [
        "0 empty 10.0.0.1 9", "0 source_not_allowed 10.0.0.1 2", "1 empty 10.0.0.1 1",
      ])
    // One kind's pause is no other's.
    let later = limiter.notices(of: all + [refusal(1, listener: 2)], at: Self.second)
    #expect(later.map(\.listener) == [2])
  }

  @Test func manyAddressesAreOneLine() {
    var limiter = RefusalLimiter()
    #expect(limiter.notices(of: [refusal(1, 1)], at: 0).count == 1)
    let scan = (1...500).map { refusal(1, $0) }
    #expect(limiter.notices(of: scan.reversed(), at: 5 * Self.second).isEmpty)
    let told = limiter.notices(of: scan.reversed(), at: 10 * Self.second)
    #expect(told.map(\.more) == [498] && told[0].address == "10.0.1.244")
  }

  /// One that left the bounded list and came back is new.
  @Test func whoComesBackIsCountedAnew() {
    var limiter = RefusalLimiter()
    _ = limiter.notices(of: [refusal(50)], at: 0)
    #expect(limiter.notices(of: [refusal(3)], at: 20 * Self.second).map(\.more) == [2])
    #expect(limiter.notices(of: [], at: 40 * Self.second).isEmpty)
  }
}
