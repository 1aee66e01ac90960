import Primitives

/// What a lane remembers of RTCP: the last sender report of each source, and its canonical name.
///
/// Bounded: of what is no stream that is followed half as much is remembered; at the bound all is forgotten, and comes
/// again within seconds.
struct RTCPState {
  private struct Source {
    var lastReport: UInt32 = 0
    var reportArrival: UnixNanos = .min
  }

  private struct Named: Hashable {
    var ssrc: UInt32
    var source: SourceAddress
  }

  /// By number and address, since many use one number; and by the number alone the one that reported last, for receivers
  /// that report to somebody else.
  private var sources: [Named: Source] = [:]
  /// By number and the address that said so: nobody names another's streams.
  private var names: [Named: String] = [:]
  /// By packet type.
  private(set) var packetTypes: [UInt8: UInt64] = [:]

  mutating func count(type: UInt8) {
    packetTypes[type, default: 0] += 1
  }

  func canonicalName(of ssrc: UInt32, from source: SourceAddress) -> String? {
    names[Named(ssrc: ssrc, source: source.withoutPort)]
  }

  private mutating func makeRoom() {
    if sources.count >= Limits.rtpStreams { sources.removeAll() }
  }

  /// A sender report came by; `middle` is the middle of its NTP time.
  mutating func noteReport(
    of ssrc: UInt32, from source: SourceAddress, isFollowed: Bool, middle: UInt32, arrival: UnixNanos
  ) {
    let report = Source(lastReport: middle, reportArrival: arrival)
    note(report, of: Named(ssrc: ssrc, source: source.withoutPort), isFollowed: isFollowed)
    note(report, of: Named(ssrc: ssrc, source: Self.anybody), isFollowed: isFollowed)
  }

  private mutating func note(_ report: Source, of named: Named, isFollowed: Bool) {
    if !isFollowed && sources.count >= Limits.rtpStreams / 2 && sources[named] == nil { return }
    makeRoom()
    sources[named] = report
  }

  private static let anybody = SourceAddress(high: 0, low: 0, port: 0)

  /// Whether the name is news.
  mutating func noteName(of ssrc: UInt32, isFollowed: Bool, from source: SourceAddress, _ name: String) -> Bool {
    let named = Named(ssrc: ssrc, source: source.withoutPort)
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
    guard lastReport != 0 else { return nil }
    let own = sources[Named(ssrc: source, source: address.withoutPort)]
    guard let known = own ?? sources[Named(ssrc: source, source: Self.anybody)], known.lastReport == lastReport else {
      return nil
    }
    let held = Int64(delay) * Nanos.perSecond >> 16
    let trip = arrival - known.reportArrival - held
    return trip >= 0 ? trip : nil
  }
}
