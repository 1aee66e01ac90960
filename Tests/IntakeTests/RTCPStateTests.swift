import Primitives
import Testing
@testable import Protocols

/// What is remembered of sender reports and names, where many use one number.
@Suite struct RTCPStateTests {
  private static let first = SourceAddress(ipv4: 0x0A00_0001, port: 5_001)
  private static let second = SourceAddress(ipv4: 0x0A00_0002, port: 5_001)
  private static let elsewhere = SourceAddress(ipv4: 0x0A00_0003, port: 9)

  private func trip(_ state: RTCPState, at address: SourceAddress, _ lastReport: UInt32) -> Int64? {
    state.roundTripNanos(source: 7, at: address, lastReport: lastReport, delay: 0, arrival: 1_000)
  }

  @Test func reportsAreByNumberAndAddress() {
    var state = RTCPState()
    state.noteReport(
      of: 7, from: Self.first, isFollowed: true, time: NTPTime(seconds: 0, fraction: 11 << 16), arrival: 100)
    #expect(trip(state, at: Self.first, 11) == 900 && trip(state, at: Self.elsewhere, 11) == 900)
    state.noteReport(
      of: 7, from: Self.second, isFollowed: true, time: NTPTime(seconds: 0, fraction: 22 << 16), arrival: 200)
    // Each has its own, and who reports to somebody else means the last one.
    #expect(trip(state, at: Self.first, 11) == 900 && trip(state, at: Self.second, 22) == 800)
    #expect(trip(state, at: Self.elsewhere, 22) == 800 && trip(state, at: Self.elsewhere, 11) == nil)
    state.noteReport(
      of: 7, from: Self.first, isFollowed: true, time: NTPTime(seconds: 0, fraction: 33 << 16), arrival: 300)
    #expect(trip(state, at: Self.first, 33) == 700 && trip(state, at: Self.first, 11) == nil)
    #expect(trip(state, at: Self.second, 22) == 800 && trip(state, at: Self.first, 0) == nil)
  }

  /// Who is not followed takes half of the room at the most, and none of what others have.
  @Test func strangersTakeNoRoom() {
    var state = RTCPState()
    state.noteReport(
      of: 7, from: Self.first, isFollowed: true, time: NTPTime(seconds: 0, fraction: 11 << 16), arrival: 100)
    for number in 0..<UInt32(2 * Limits.rtpStreams) {
      state.noteReport(
        of: 1_000 + number, from: Self.second, isFollowed: false, time: NTPTime(seconds: 0, fraction: 1 << 16),
        arrival: 200)
      let stranger = SourceAddress(ipv4: 0x0B00_0000 | number, port: 1)
      state.noteReport(
        of: 7, from: stranger, isFollowed: false, time: NTPTime(seconds: 0, fraction: 2 << 16), arrival: 300)
    }
    #expect(trip(state, at: Self.first, 11) == 900)
    state.noteReport(
      of: 8, from: Self.first, isFollowed: true, time: NTPTime(seconds: 0, fraction: 12 << 16), arrival: 100)
    #expect(
      state.roundTripNanos(source: 8, at: Self.first, lastReport: 12, delay: 0, arrival: 1_000) == 900)
  }

  @Test func namesAreBySource() {
    var state = RTCPState()
    let name = Array("cam-17".utf8)
    let isNamedBefore = state.isNamed(7, from: Self.first, name.span.bytes)
    let isNews = state.noteName(of: 7, isFollowed: true, from: Self.first, "cam-17")
    let isNamed = state.isNamed(7, from: Self.first, name.span.bytes)
    let isOther = state.isNamed(7, from: Self.second, name.span.bytes)
    #expect(!isNamedBefore && isNews && isNamed && !isOther)
    #expect(state.canonicalName(of: 7, from: Self.first) == "cam-17")
    let isAgain = state.noteName(of: 7, isFollowed: true, from: Self.first, "cam-17")
    #expect(!isAgain)
  }

  @Test func packetTypesAreCounted() {
    var state = RTCPState()
    for type in [200, 200, 203, 223] as [UInt8] { state.count(type: type) }
    #expect(state.packetTypes == [200: 2, 203: 1, 223: 1])
  }
}
