/// The ledger of every listener at one moment.
public struct LedgerSnapshot: Sendable {
  public struct Listener: Sendable {
    public var name: String
    /// `line`, `coap`, `syslog` …
    public var protocolName: String
    public var counts: LedgerCounts

    public init(name: String, protocolName: String, counts: LedgerCounts) {
      self.name = name
      self.protocolName = protocolName
      self.counts = counts
    }
  }

  public var listeners: [Listener]

  public init(listeners: [Listener]) {
    self.listeners = listeners
  }

  public var total: LedgerCounts {
    var sum = LedgerCounts()
    for listener in listeners { sum.add(listener.counts) }
    return sum
  }

  public var isBalanced: Bool { listeners.allSatisfy { $0.counts.isBalanced } }
}
