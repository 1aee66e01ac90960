import Primitives
public import Telemetry

/// InfluxDB line protocol to rows.
///
/// ```
/// measurement[,tag=value…] field=value[,field=value…] [timestamp]
/// └──────── key ─────────┘
/// ```
/// The rules are those of InfluxDB 1.x and 2.x (`models/points.go`), with these choices where it leaves some:
/// - The key stays as it stands; `seriesKey(from:deviceTag:)` parses it, once, when the registry has not seen it.
/// - A byte behind a backslash is escaped in a key, whatever it is.
/// - Blanks are spaces, tabs and NULs: any number at a line's begin, between its three parts and at its end.
/// - A line ends with LF or CR LF, or with the datagram. A newline inside a quoted string belongs to the string.
/// - Of fields of one name in a line the last counts: all are handed on, in order, and the consumer takes the last.
/// - `+` before a number is taken, as Telegraf does.
///
/// A bad value costs its field alone, as long as the line tells where it ends; a line without a good field is refused. A
/// time that 64 bits of nanoseconds do not hold is the last one in its direction, so that whoever believes no such clock
/// takes the arrival instead. A byte order mark before the first line is passed over.
///
/// A bad line costs that line alone. Where the next one begins is told by the quotes of the bad one, as InfluxDB
/// does; but if a quote is never closed, it begins behind the next LF, so that one quote cannot cost a datagram.
public enum LineProtocolDecoder {
  /// What one line came to.
  struct LineEnd {
    /// The offset behind the line; meaningless if it failed.
    var next: Int
    var failure: RejectReason?

    @inline(__always)
    init(next: Int) {
      self.next = next
      failure = nil
    }

    @inline(__always)
    init(failure: RejectReason) {
      next = 0
      self.failure = failure
    }
  }

  /// Decodes all lines of a datagram into `out`, which was reset.
  ///
  /// `.rejected` with the first line's reason if no line is good, `.rejected(.empty)` if there is none but blank ones
  /// and comments. Good and refused lines together are bounded by `Limits.rowsPerDatagram`; what follows is refused
  /// as one row, `tooManyRows`.
  public static func decode(
    _ datagram: RawSpan, precision: LinePrecision, into out: inout DecodedDatagram
  ) -> DatagramVerdict {
    decode(datagram, unitNanos: precision.unitNanos, into: &out)
  }

  /// - Parameter unitNanos: nanoseconds in one unit of the lines' times.
  public static func decode(
    _ datagram: RawSpan, unitNanos: Int64, into out: inout DecodedDatagram
  ) -> DatagramVerdict {
    var firstFailure: RejectReason?
    var searches = 0
    var at = datagram.octetOrZero(0) == 0xEF && datagram.paddedWord(0) & 0xFF_FFFF == 0xBF_BBEF ? 3 : 0
    while true {
      while at < datagram.byteCount && isBlankOrLineEnd(datagram.octet(at)) { at &+= 1 }
      if at >= datagram.byteCount { break }
      if datagram.octet(at) == UInt8(ascii: "#") {
        at = behindNextLineFeed(datagram, from: at)
        continue
      }
      if out.rows.count &+ out.refusedRows.count >= Limits.rowsPerDatagram &- 1 {
        out.refuseRow(.tooManyRows)
        note(.tooManyRows, at: at, in: &out)
        firstFailure = firstFailure ?? .tooManyRows
        break
      }
      let fieldsBefore = out.fields.count
      let arenaBefore = out.arena.count
      var line = readLine(datagram, from: at, unitNanos: unitNanos, into: &out)
      if line.failure != nil {
        out.fields.truncate(to: fieldsBefore)
        out.arena.truncate(to: arenaBefore)
        let refusedBefore = out.refusedFields.count
        let (linesBefore, flawedBefore) = (out.refusedLines.count, out.flawedLineCount)
        line = readFlawedLine(datagram, from: at, unitNanos: unitNanos, into: &out)
        if line.failure != nil {
          out.refusedFields.truncate(to: refusedBefore)
          out.refusedLines.truncate(to: linesBefore)
          out.flawedLineCount = flawedBefore
        }
      }
      if let failure = line.failure {
        out.fields.truncate(to: fieldsBefore)
        out.arena.truncate(to: arenaBefore)
        out.refuseRow(failure)
        note(failure, at: at, in: &out)
        noteSender(of: at, in: datagram, &out)
        firstFailure = firstFailure ?? failure
        at = behindBadLine(datagram, from: at, searches: &searches)
      } else {
        at = line.next
      }
    }
    if !out.rows.isEmpty { return .decoded }
    out.refusedRows.removeAll()
    if datagram.isCompressed { return .rejected(.compressed) }
    return .rejected(firstFailure ?? .empty)
  }

  /// Notes whose line was refused, as far as it has a key.
  @inline(never)
  private static func noteSender(of start: Int, in datagram: RawSpan, _ out: inout DecodedDatagram) {
    if out.refusedKeys.room == 0 { return }
    let length = endOfKey(datagram, from: start) &- start
    if length == 0 || length > Limits.seriesKeyBytes { return }
    out.refusedKeys.append(RefusedKey(TextRange(datagramOffset: start, length: length), .lineProtocol))
  }

  /// Notes which line was refused.
  @inline(never)
  private static func note(_ failure: RejectReason, at start: Int, in out: inout DecodedDatagram) {
    out.refusedLineCount &+= 1
    out.refusedLines.append(RefusedLine(at: start, failure, isFieldOnly: false))
  }

  @inline(__always)
  static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == 0
  }

  @inline(__always)
  private static func isBlankOrLineEnd(_ byte: UInt8) -> Bool {
    isBlank(byte) || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  private static func behindNextLineFeed(_ text: RawSpan, from: Int) -> Int {
    var at = from
    while at < text.byteCount && text.octet(at) != UInt8(ascii: "\n") { at &+= 1 }
    return min(at &+ 1, text.byteCount)
  }

  /// Searches of one datagram that may run on to its end in vain: more would make a hostile one cost the square of
  /// its length.
  private static let searchLimit = 8

  /// Where the line after a bad one begins (InfluxDB's `scanLine`).
  @inline(never)
  private static func behindBadLine(_ text: RawSpan, from: Int, searches: inout Int) -> Int {
    if searches >= searchLimit { return behindNextLineFeed(text, from: from) }
    var isQuoted = false
    var isInFields = false
    var equals = 0
    var commas = 0
    var at = from
    while at < text.byteCount {
      let byte = text.octet(at)
      if byte == UInt8(ascii: "\n") && !isQuoted { return at &+ 1 }
      if byte == UInt8(ascii: "\\") && (isQuoted || text.octetOrZero(at &+ 1) != UInt8(ascii: "\n")) {
        at &+= 2
        continue
      }
      if byte == UInt8(ascii: " ") { isInFields = true }
      if isInFields {
        if byte == UInt8(ascii: "=") && !isQuoted { equals &+= 1 }
        if byte == UInt8(ascii: ",") && !isQuoted { commas &+= 1 }
        if byte == UInt8(ascii: "\"") && equals > commas { isQuoted.toggle() }
      }
      at &+= 1
    }
    if !isQuoted { return text.byteCount }
    searches &+= 1
    return behindNextLineFeed(text, from: from)
  }
}
