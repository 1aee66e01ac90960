internal import Primitives

/// The pieces of one fragmented packet so far.
struct PartialPacket {
  enum Outcome {
    case pending, whole, overlap, malformed
    /// The piece is of another packet, which was given the same number.
    case other
  }

  let isIPv6: Bool
  /// Capture time of the first piece.
  let since: UnixNanos
  /// The order of arrival among all packets, for eviction.
  let sequence: UInt64
  private(set) var bytes: [UInt8] = []
  /// The pieces taken, in order of offset, disjoint.
  private var pieces: [Range<Int>] = []
  /// Octets among them.
  private var present = 0
  /// Octets in all, once the last piece was seen.
  private var total: Int?
  /// The protocol that the first piece names.
  private(set) var protocolNumber: UInt8 = 0
  /// When the last piece came, and whether one came long after another: pieces of one packet come together.
  private(set) var lastTime: UnixNanos
  private(set) var isSpread = false
  private static let togetherNanos = Nanos.perSecond / 10
  private static let farApartNanos = Nanos.perSecond * 3 / 2

  /// Discarded, and so are the pieces to come (RFC 5722 section 3).
  private var isDiscarded = false

  init(isIPv6: Bool, since: UnixNanos, sequence: UInt64) {
    self.isIPv6 = isIPv6
    self.since = since
    lastTime = since
    self.sequence = sequence
  }

  /// Takes in `data[range]`, which stands at `offset` of the packet.
  mutating func add(
    _ data: RawSpan, _ range: Range<Int>, at offset: Int, isLast: Bool, protocolNumber: UInt8, time: UnixNanos
  ) -> Outcome {
    let piece = offset..<(offset + range.count)
    guard piece.upperBound <= Limits.reassembledBytes else { return isDiscarded ? .overlap : .malformed }
    let isLater = time.subtractingReportingOverflow(lastTime).partialValue > Self.togetherNanos
    if isLater && isOther(data, range, piece) { return .other }
    // A head that comes when the rest is old begins another packet, of which nobody knows better.
    let isMuchLater = time.subtractingReportingOverflow(lastTime).partialValue > Self.farApartNanos
    if isMuchLater && piece.lowerBound == 0 && pieces.first.map({ $0.lowerBound > 0 }) ?? false { return .other }
    if isDiscarded { return .overlap }
    if isLater { isSpread = true }
    lastTime = max(lastTime, time)
    if let total {
      guard piece.upperBound <= total && (!isLast || piece.upperBound == total) else { return contradiction() }
    } else if isLast {
      if let furthest = pieces.last?.upperBound, furthest > piece.upperBound { return contradiction() }
    }
    // A copy of a piece that is there already is no overlap: networks and captures double frames.
    let isBehind = pieces.last.map { $0.upperBound <= piece.lowerBound } ?? true
    let next = isBehind ? pieces.count : pieces.firstIndex { $0.upperBound > piece.lowerBound } ?? pieces.count
    let meets = next < pieces.count && pieces[next].lowerBound < piece.upperBound
    if meets && isIPv6 && pieces[next] != piece { return contradiction() }
    if isLast { total = piece.upperBound }
    if offset == 0 && (pieces.first?.lowerBound ?? 1) != 0 { self.protocolNumber = protocolNumber }
    fill(piece, from: data, at: range.lowerBound, firstOverlap: next)
    return present == total ? .whole : .pending
  }

  /// Whether a piece that comes long after the others is of another packet: one with other octets in the same place
  /// (RFC 4963).
  private func isOther(_ data: RawSpan, _ range: Range<Int>, _ piece: Range<Int>) -> Bool {
    if isDiscarded { return piece.lowerBound == 0 }
    for known in pieces where known.overlaps(piece) {
      for position in known.clamped(to: piece)
      where bytes[position] != data.byte(range.lowerBound + position - piece.lowerBound) { return true }
    }
    return false
  }

  /// Whether what was put together of pieces that came at several times is one datagram, as far as UDP tells: by its
  /// length, and its checksum if it has one. `sums` are those of the addresses.
  func isOneDatagram(addressSum: UInt64) -> Bool {
    guard isSpread, protocolNumber == 17, bytes.count >= 8 else { return true }
    if Int(bytes[4]) << 8 | Int(bytes[5]) != bytes.count { return false }
    if bytes[6] == 0 && bytes[7] == 0 { return true }
    var sum = addressSum &+ 17 &+ UInt64(bytes.count)
    for index in 0..<bytes.count { sum &+= index & 1 == 0 ? UInt64(bytes[index]) << 8 : UInt64(bytes[index]) }
    while sum >> 16 != 0 { sum = sum & 0xFFFF &+ sum >> 16 }
    return sum == 0xFFFF
  }

  /// Copies what of `piece` is not there yet: the octets that came first stay (as in RFC 815's algorithm read forward).
  private mutating func fill(_ piece: Range<Int>, from data: RawSpan, at origin: Int, firstOverlap: Int) {
    if bytes.count < piece.upperBound {
      bytes.append(contentsOf: repeatElement(0, count: piece.upperBound - bytes.count))
    }
    var cursor = piece.lowerBound
    var index = firstOverlap
    while cursor < piece.upperBound {
      let isThere = index < pieces.count && pieces[index].lowerBound <= cursor
      if isThere {
        cursor = max(cursor, pieces[index].upperBound)
        index += 1
        continue
      }
      let gapEnd = index < pieces.count ? min(piece.upperBound, pieces[index].lowerBound) : piece.upperBound
      for position in cursor..<gapEnd { bytes[position] = data.byte(origin + position - piece.lowerBound) }
      pieces.insert(cursor..<gapEnd, at: index)
      present += gapEnd - cursor
      index += 1
      cursor = gapEnd
    }
  }

  /// IPv6 discards the packet; IPv4 keeps what came first.
  private mutating func contradiction() -> Outcome {
    if isIPv6 {
      isDiscarded = true
      bytes = []
      pieces = []
    }
    return .overlap
  }
}
