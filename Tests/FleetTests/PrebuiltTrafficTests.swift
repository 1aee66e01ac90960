import Primitives
import Testing

@testable import Fleet

struct PrebuiltTrafficTests {
  private static func traffic(
    _ shape: PrebuiltTraffic.Shape, devices: Int, seconds: Int,
    _ change: (inout PrebuiltTraffic.Settings) -> Void = { _ in }
  ) -> PrebuiltTraffic {
    var settings = PrebuiltTraffic.Settings()
    settings.shape = shape
    settings.devices = devices
    settings.seconds = seconds
    change(&settings)
    return PrebuiltTraffic(settings)
  }

  /// The first rows of the generator that the benchmarks' peers are measured with, at the same seed.
  @Test func isTheTrafficOfThePeers() {
    let traffic = Self.traffic(.lines(4), devices: 3, seconds: 3)
    #expect(traffic.count == 3 && traffic.rows == 9 && traffic.readings == 36)
    let all = (0..<3).map { text(traffic.datagrams.datagram($0)) }.joined()
    #expect(
      all == """
        tel,dev=d0000 temp=6.4,hum=58.2,cnt=781771i,bat=3.86 1795176000000000000
        tel,dev=d0001 temp=16.4,hum=70.2,cnt=138951i,bat=3.77 1795176000000000000
        tel,dev=d0002 temp=29.3,hum=61.5,cnt=233010i,bat=3.88 1795176000000000000
        tel,dev=d0000 temp=6.3,hum=58.3,cnt=781787i,bat=3.86 1795176001000000000
        tel,dev=d0001 temp=16.4,hum=70.2,cnt=138960i,bat=3.77 1795176001000000000
        tel,dev=d0002 temp=29.3,hum=61.5,cnt=233026i,bat=3.88 1795176001000000000
        tel,dev=d0000 temp=6.3,hum=58.3,cnt=781807i,bat=3.86 1795176002000000000
        tel,dev=d0001 temp=16.4,hum=70.1,cnt=138967i,bat=3.77 1795176002000000000
        tel,dev=d0002 temp=29.3,hum=61.6,cnt=233026i,bat=3.87 1795176002000000000

        """)
    // The 60,000th line of a thousand devices, and as many datagrams of 1,400 bytes as that generator makes.
    let minute = Self.traffic(.lineBytes(1_400), devices: 1_000, seconds: 60)
    #expect(minute.count == 3_260)
    #expect(
      text(minute.datagrams.datagram(3_259)).hasSuffix(
        "tel,dev=d0999 temp=30.6,hum=50.4,cnt=213597i,bat=3.64 1795176059000000000\n"))
  }

  @Test func advanceMovesEveryTimeAndNothingElse() {
    var traffic = Self.traffic(.lines(18), devices: 50, seconds: 4) { $0.areas = 7 }
    let before = (0..<traffic.count).flatMap { readLines(traffic.datagrams.datagram($0), deviceTag: "dev") }
    #expect(before.count == 200)
    traffic.advance()
    traffic.advance()
    #expect(traffic.base == 1_795_176_008)
    let after = (0..<traffic.count).flatMap { readLines(traffic.datagrams.datagram($0), deviceTag: "dev") }
    #expect(
      after
        == before.map { row in
          var moved = row
          moved.time += 8 * Nanos.perSecond
          return moved
        })
  }

  @Test func packsHoldTheSameRows() {
    var traffic = Self.traffic(.pack(rows: 5), devices: 20, seconds: 10)
    #expect(traffic.count == 40 && traffic.rows == 200)
    let lines = Self.traffic(.lines(1), devices: 20, seconds: 10)
    var expected = Set((0..<lines.count).flatMap { readLines(lines.datagrams.datagram($0), deviceTag: "dev") })
    func rows() -> Set<WireRow> { Set((0..<traffic.count).flatMap { readPack(traffic.datagrams.datagram($0)) }) }
    func messageIDs() -> [Int] {
      (0..<traffic.count).map { index in
        let bytes = traffic.datagrams.datagram(index)
        return Int(bytes[2]) << 8 | Int(bytes[3])
      }
    }
    #expect(rows() == expected)
    #expect(messageIDs() == Array(0..<40))
    traffic.advance()
    expected = Set(
      expected.map { row in
        var moved = row
        moved.time += 10 * Nanos.perSecond
        return moved
      })
    #expect(rows() == expected)
    #expect(messageIDs() == Array(40..<80))
  }

  @Test func padsToOneLength() {
    var padded = Self.traffic(.lines(18), devices: 40, seconds: 9) { $0.isPadded = true }
    let plain = Self.traffic(.lines(18), devices: 40, seconds: 9)
    #expect(Set((0..<padded.count).map { padded.datagrams.range($0).count }).count == 1)
    #expect(Set((0..<plain.count).map { plain.datagrams.range($0).count }).count > 1)
    padded.advance()
    for index in 0..<padded.count {
      let rows = readLines(padded.datagrams.datagram(index), deviceTag: "dev")
      let expected = readLines(plain.datagrams.datagram(index), deviceTag: "dev")
      #expect(rows.map { $0.time - 9 * Nanos.perSecond } == expected.map(\.time))
      #expect(rows.map(\.numbers) == expected.map(\.numbers))
    }
  }
}
