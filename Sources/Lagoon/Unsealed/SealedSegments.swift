/// Which journal segments are in a table's parts, as the transactions of its Delta log say.
///
/// ```
/// qn-01/lane-00      42     segments up to 42 of that lane are in the table …
/// qn-01/lane-00#40   1      … but for segment 40, which could not be read when later ones were sealed
/// qn-01/lane-00#40   2      segment 40 was read since, and is in the table too
/// ```
public struct SealedSegments: Sendable {
  static let left: UInt64 = 1
  static let taken: UInt64 = 2

  private let transactions: [String: UInt64]

  /// - Parameter transactions: the table's own, by name.
  public init(_ transactions: [String: UInt64]) {
    self.transactions = transactions
  }

  /// The name under which a log keeps what became of a segment that was left out.
  static func exception(lane: String, segment: UInt64) -> String { "\(lane)#\(segment)" }

  /// Whether the rows of that segment are in the parts.
  func holds(_ segment: UInt64, ofLane lane: String) -> Bool {
    guard let newest = transactions[lane], newest >= segment else { return false }
    return transactions[Self.exception(lane: lane, segment: segment)] != Self.left
  }

  /// What a seal of the generations up to `newest` adds to a table's log.
  ///
  /// - Parameters:
  ///   - lanes: every lane whose segments it takes.
  ///   - left: segments that could not be read and are not among what is sealed.
  ///   - taken: segments that were left out before, and are among it now.
  public func transactions(
    upTo newest: UInt64, lanes: [String], left: [LaneTransaction], taken: [LaneTransaction]
  ) -> [LaneTransaction] {
    var made = lanes.map { LaneTransaction(lane: $0, segment: newest) }
    for segment in left where segment.segment <= newest && !holds(segment.segment, ofLane: segment.lane) {
      let name = Self.exception(lane: segment.lane, segment: segment.segment)
      if transactions[name] != Self.left { made.append(LaneTransaction(lane: name, segment: Self.left)) }
    }
    for segment in taken {
      let name = Self.exception(lane: segment.lane, segment: segment.segment)
      if transactions[name] == Self.left { made.append(LaneTransaction(lane: name, segment: Self.taken)) }
    }
    return made
  }
}
