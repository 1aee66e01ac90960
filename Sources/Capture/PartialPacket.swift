internal import Primitives

/// The pieces of one fragmented packet so far.
struct PartialPacket {
  enum Outcome { case pending, whole, overlap, malformed }

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
  /// Discarded, and so are the pieces to come (RFC 5722 section 3).
  private var isDiscarded = false

  init(isIPv6: Bool, since: UnixNanos, sequence: UInt64) {
    self.isIPv6 = isIPv6
    self.since = since
    self.sequence = sequence
  }

  /// Takes in `data[range]`, which stands at `offset` of the packet.
  mutating func add(
    _ data: RawSpan, _ range: Range<Int>, at offset: Int, isLast: Bool, protocolNumber: UInt8
  ) -> Outcome {
    if isDiscarded { return .overlap }
    let piece = offset..<(offset + range.count)
    guard piece.upperBound <= Limits.reassembledBytes else { return .malformed }
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
