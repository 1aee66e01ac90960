/// The ledger of every listener at one moment.
public struct LedgerSnapshot: Sendable {
  public struct Listener: Sendable {
    public var name: String
    /// `line`, `coap`, `syslog` …
    public var protocolName: String
    /// For what its datagrams and rows may be refused.
    public var reasons: [NamedReason]
    public var counts: LedgerCounts

    public init(name: String, protocolName: String, reasons: [NamedReason], counts: LedgerCounts) {
      self.name = name
      self.protocolName = protocolName
      self.reasons = reasons
      self.counts = counts
    }
  }

  public var listeners: [Listener]

  public init(listeners: [Listener]) {
    self.listeners = listeners
  }

  /// For what any of the listeners may refuse, each once.
  public var reasons: [NamedReason] {
    var known: Set<RejectReason> = []
    return listeners.flatMap(\.reasons).filter { known.insert($0.reason).inserted }
  }

  public var total: LedgerCounts {
    var sum = LedgerCounts()
    for listener in listeners { sum.add(listener.counts) }
    return sum
  }

  public var isBalanced: Bool { listeners.allSatisfy { $0.counts.isBalanced } }
}
