import Rollups

/// Which parts of a bucket a question looks at: the rest is not added up.
public struct BucketNeeds: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8

  static let sum = BucketNeeds(rawValue: 1)
  static let spread = BucketNeeds(rawValue: 2)
  static let extremes = BucketNeeds(rawValue: 4)
  static let first = BucketNeeds(rawValue: 8)
  static let last = BucketNeeds(rawValue: 16)

  static let all: BucketNeeds = [.sum, .spread, .extremes, .first, .last]

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  init(_ aggregates: [Aggregate]) {
    self = []
    for aggregate in aggregates {
      switch aggregate {
      case .sum, .average: insert(.sum)
      case .standardDeviation: insert(.spread)
      case .minimum, .maximum, .quantile: insert(.extremes)
      case .first: insert(.first)
      case .last: insert(.last)
      case .count, .increase, .rate, .distinct: break
      }
    }
  }

  /// Whether it is asked which series a bucket's readings are of: of several at one instant, one is first.
  var wantsOwners: Bool { contains(.first) || contains(.last) }
}
