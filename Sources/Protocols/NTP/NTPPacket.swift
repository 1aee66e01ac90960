import Primitives
import Sys
import Telemetry

/// The header of NTP (RFC 5905 section 7.3), which all of SNTP (RFC 4330) is:
/// ```
///  0                   1                   2                   3
/// +---+-----+-----+---------------+---------------+---------------+
/// |LI | VN  |Mode |    stratum    |     poll      |   precision   |
/// +---+-----+-----+---------------+---------------+---------------+
/// |                root delay, in 1/65,536 s                      |
/// |                root dispersion, in 1/65,536 s                 |
/// |                reference id                                   |
/// |                reference timestamp (64)                       |
/// |                origin timestamp (64)                          |
/// |                receive timestamp (64)                         |
/// |                transmit timestamp (64)                        |
/// +---------------------------------------------------------------+
/// ```
/// What follows it, extension fields and a message authentication code, is not looked at.
enum NTPPacket {
  static let byteCount = 48

  /// What a client asked.
  struct Request: Equatable {
    var version: UInt8
    var poll: UInt8
    var precision: Int8
    /// Its own time, or what it put there.
    var transmit: NTPTime

    /// Whether it says by its precision (2^32 s) that it tells nothing of itself, as chrony does: its transmit timestamp
    /// is a random number then.
    var hidesItself: Bool { precision == 32 }

    /// By how much the client's clock is ahead of ours when its request came; nil if it told no time, or one that cannot be
    /// told from a random number.
    func aheadNanos(at arrival: UnixNanos) -> Int64? {
      if hidesItself || !transmit.isTimeOfDay(near: arrival) { return nil }
      let ahead = transmit.nanosAhead(of: arrival)
      return ahead.magnitude <= UInt64(Limits.timeBelievedNanos) ? ahead : nil
    }
  }

  /// Reads a client's request; a reason if it is none that is answered.
  static func read(_ datagram: RawSpan, into request: inout Request) -> RejectReason? {
    if datagram.byteCount == 0 { return .ntpTooShort }
    let first = datagram.octet(0)
    let version = first >> 3 & 7
    // Whoever looks for servers that amplify sends short ones: by their name first.
    switch first & 7 {
    case 3: break
    case 6: return .ntpControl
    case 7: return .ntpPrivate
    default: return .ntpNotARequest
    }
    if version < 1 || version > 4 { return .ntpBadVersion }
    if datagram.byteCount < byteCount { return .ntpTooShort }
    request = Request(
      version: version, poll: datagram.octet(2), precision: Int8(bitPattern: datagram.octet(3)),
      transmit: NTPTime(seconds: word(datagram, 40), fraction: word(datagram, 44)))
    return nil
  }

  private static func word(_ datagram: RawSpan, _ offset: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: datagram.paddedWord(offset)).byteSwapped
  }

  /// What an answer says of the server.
  struct Server {
    var discipline: ClockDiscipline
    var stratum: UInt8
    /// When the kernel was asked last how its clock is.
    var looked: UnixNanos
  }

  /// The reference id: 127.0.0.1. What keeps the clock is a program of this host, and whom it follows the kernel does not
  /// tell. A client on the same host finds its own address there, and so the loop that it would make.
  private static let reference: UInt32 = 0x7F00_0001

  /// Writes the answer: 48 octets, whatever the request's length was. `receive` is when that came, `transmit` is now.
  static func answer(
    _ request: Request, from server: Server, receive: UnixNanos, transmit: UnixNanos, into out: inout Slab<UInt8>
  ) {
    out.removeAll()
    let discipline = server.discipline
    let leap: UInt8 = discipline.leapSeconds > 0 ? 1 : discipline.leapSeconds < 0 ? 2 : 0
    out.append(leap << 6 | request.version << 3 | 4)
    out.append(server.stratum)
    out.append(request.poll)
    out.append(UInt8(bitPattern: precision(discipline.precisionNanos)))
    // The kernel's bound holds the way to the source too.
    append(0, to: &out)
    append(dispersion(discipline), to: &out)
    append(reference, to: &out)
    append(NTPTime(nanos: server.looked), to: &out)
    append(request.transmit, to: &out)
    append(NTPTime(nanos: receive), to: &out)
    // Never before the request came: the clock may have been put back between.
    append(NTPTime(nanos: max(transmit, receive)), to: &out)
  }

  private static func append(_ word: UInt32, to out: inout Slab<UInt8>) {
    out.append(UInt8(truncatingIfNeeded: word >> 24))
    out.append(UInt8(truncatingIfNeeded: word >> 16))
    out.append(UInt8(truncatingIfNeeded: word >> 8))
    out.append(UInt8(truncatingIfNeeded: word))
  }

  private static func append(_ time: NTPTime, to out: inout Slab<UInt8>) {
    append(time.seconds, to: &out)
    append(time.fraction, to: &out)
  }

  /// The exponent of two that is no finer than that: 1 µs is 2^-19 s.
  static func precision(_ nanos: Int64) -> Int8 {
    var exponent: Int8 = -30
    var nanosOfIt = 1.0 / Double(1 << 30) * 1e9
    while nanosOfIt < Double(nanos) && exponent < 4 {
      exponent &+= 1
      nanosOfIt *= 2
    }
    return exponent
  }

  /// How wrong the clock may be, in 1/65,536 s, rounded up.
  static func dispersion(_ discipline: ClockDiscipline) -> UInt32 {
    let most = Double(UInt32.max)
    let nanos = Double(max(0, discipline.maximumErrorNanos)) + Double(max(0, discipline.precisionNanos))
    return UInt32(min(most, (nanos * 65_536 / 1e9).rounded(.up)))
  }
}
