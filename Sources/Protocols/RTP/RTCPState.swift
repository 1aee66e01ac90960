import Primitives

/// What a lane remembers of RTCP: the last sender report of each source, and its canonical name.
///
/// Bounded: of what is no stream that is followed half as much is remembered; at the bound all is forgotten, and comes
/// again within seconds.
struct RTCPState {
  private struct Report {
    var high: UInt64
    var low: UInt64
    var arrival: UnixNanos
    var middle: UInt32
    var isFollowed: Bool
    var clock = SenderClock()

    func isFrom(_ source: SourceAddress) -> Bool { low == source.low && high == source.high }
  }

  private struct Named: Hashable {
    var high: UInt64
    var low: UInt64
    var ssrc: UInt32

    init(_ ssrc: UInt32, _ high: UInt64, _ low: UInt64) {
      self.high = high
      self.low = low
      self.ssrc = ssrc
    }
  }

  /// By number, of the address that reported last: for its own receivers, and for those that report to somebody else.
  private var newest: [UInt32: Report] = [:]
  /// Of the other addresses of a number, since many use one number: rarely any.
  private var others: [Named: Report] = [:]
  /// By number and the address that said so: nobody names another's streams.
  private var names: [Named: String] = [:]
  /// By packet type, from 192 on.
  private var typeCounts = InlineArray<32, UInt64>(repeating: 0)

  /// Counts a packet, whose type is one of RTCP.
  @inline(__always)
  mutating func count(type: UInt8) {
    typeCounts[Int(type &- 192) & 31] &+= 1
  }

  /// By packet type.
  var packetTypes: [UInt8: UInt64] {
    var counts: [UInt8: UInt64] = [:]
    for index in typeCounts.indices where typeCounts[index] > 0 { counts[UInt8(192 + index)] = typeCounts[index] }
    return counts
  }

  func canonicalName(of ssrc: UInt32, from source: SourceAddress) -> String? {
    names[Named(ssrc, source.high, source.low)]
  }

  /// A sender report came by. Returns how far its sender's clock is ahead of ours, as the reports of a minute say; nil if
  /// it tells no time of day.
  @discardableResult
  mutating func noteReport(
    of ssrc: UInt32, from source: SourceAddress, isFollowed: Bool, time: NTPTime, arrival: UnixNanos
  ) -> Int64? {
    // What the receivers say back: the middle of it.
    var report = Report(
      high: source.high, low: source.low, arrival: arrival, middle: time.seconds << 16 | time.fraction >> 16,
      isFollowed: isFollowed)
    if newest.count >= Limits.rtpStreams / 2 && newest[ssrc] == nil {
      if !isFollowed { return report.clock.take(time, arrival: arrival) }
      if newest.count >= Limits.rtpStreams { newest.removeAll() }
    }
    var before: Report?
    let ahead = Self.exchange(&newest[ssrc], report, time, &before)
    guard let before, !before.isFrom(source) else { return ahead }
    keep(before, of: ssrc)
    // Its own reports before this one stand with the others, if another address uses the number too.
    guard var own = others.removeValue(forKey: Named(ssrc, source.high, source.low)) else { return ahead }
    let median = own.clock.take(time, arrival: arrival)
    newest[ssrc]?.clock = own.clock
    return median
  }

  /// Puts a report into its place, which is looked up once; what stood there comes out if it is another's.
  @inline(__always)
  private static func exchange(
    _ place: inout Report?, _ report: Report, _ time: NTPTime, _ before: inout Report?
  ) -> Int64? {
    before = place
    var report = report
    if let before, before.low == report.low && before.high == report.high { report.clock = before.clock }
    let ahead = report.clock.take(time, arrival: report.arrival)
    place = report
    return ahead
  }

  /// Keeps what another address has reported of the same number.
  @inline(never)
  private mutating func keep(_ report: Report, of ssrc: UInt32) {
    let named = Named(ssrc, report.high, report.low)
    if !report.isFollowed && others.count >= Limits.rtpStreams / 2 && others[named] == nil { return }
    if others.count >= Limits.rtpStreams { others.removeAll() }
    others[named] = report
  }

  /// Whether the source has that name already.
  func isNamed(_ ssrc: UInt32, from source: SourceAddress, _ name: RawSpan) -> Bool {
    guard let known = names[Named(ssrc, source.high, source.low)] else { return false }
    return known.utf8Span.span.bytes.equals(name)
  }

  /// Whether the name is news.
  mutating func noteName(of ssrc: UInt32, isFollowed: Bool, from source: SourceAddress, _ name: String) -> Bool {
    let named = Named(ssrc, source.high, source.low)
    if names[named] == name { return false }
    if !isFollowed && names.count >= Limits.rtpStreams / 2 && names[named] == nil { return false }
    if names.count >= Limits.rtpStreams { names.removeAll() }
    names[named] = name
    return true
  }

  /// The time from us to the receiver and back (RFC 3550 section 6.4.1): since the sender's report passed here, less what
  /// the receiver kept it. nil if that report was not seen.
  func roundTripNanos(
    source: UInt32, at address: SourceAddress, lastReport: UInt32, delay: UInt32, arrival: UnixNanos
  ) -> Int64? {
    guard lastReport != 0, let latest = newest[source] else { return nil }
    var known = latest
    if !latest.isFrom(address), !others.isEmpty, let own = others[Named(source, address.high, address.low)] {
      known = own
    }
    if known.middle != lastReport { return nil }
    let held = Int64(delay) * Nanos.perSecond >> 16
    let trip = arrival - known.arrival - held
    return trip >= 0 ? trip : nil
  }
}
