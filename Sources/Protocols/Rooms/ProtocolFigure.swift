/// A counter of a protocol's own, as metrics show it.
public struct ProtocolFigure: Sendable {
  /// Without `thinai_` before it and `_total` behind it.
  public var name: String
  public var help: String
  public var samples: [Sample]

  public struct Sample: Sendable {
    public var count: UInt64
    public var labels: [(String, String)]

    public init(_ count: UInt64, _ labels: [(String, String)]) {
      self.count = count
      self.labels = labels
    }
  }

  public init(_ name: String, help: String, samples: [Sample]) {
    self.name = name
    self.help = help
    self.samples = samples
  }
}
