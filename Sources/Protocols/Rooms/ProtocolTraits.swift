public import Sys
public import Telemetry

/// What sets a protocol apart for its listeners and lanes.
public struct ProtocolTraits: Sendable {
  /// Its page.
  public var page: String
  /// Where it listens unless told otherwise; nil where no port is its own.
  public var defaultPort: UInt16?
  /// Ports by which a capture knows it, beside the default one.
  public var wellKnownPorts: [UInt16] = []
  /// Whether a node that was told of no listeners has one.
  public var listensByDefault = false
  /// Whether a listener may have a range of ports.
  public var takesPortRange = false
  /// It is an interface, where any of the others may come by: no socket is bound.
  public var overhearsOthers = false
  /// Whether its datagrams become events, and rows only beside them.
  public var yieldsEvents = false
  /// What its events are called, as far as it is known ahead.
  public var eventKinds: [String] = []
  /// Which of a listener's lanes hears a sender.
  public var senders = SenderSpread.byFlow
  /// Whether a sender is answered, from the address that it sent to.
  public var answersSenders = false
  /// Whether it matters when exactly a datagram came: the kernel then stamps each, before it waits for its turn.
  public var timesArrivals = false
  /// Whether its listeners must say who is allowed: what is answered would be used against others.
  public var needsAllowed = false
  /// Groups that its listeners join on every interface that can. One lane is enough then: each socket of a group is
  /// given what is sent there.
  public var multicastGroups: [SocketAddress] = []
  /// For what it refuses.
  public var reasons: [NamedReason] = []
  /// Which of the shared reasons it has, beside those that any lane may have.
  public var sharedReasons: [RejectReason] = []

  public init(page: String) {
    self.page = page
  }

  /// Which of a listener's lanes hears a sender.
  public enum SenderSpread: Sendable {
    /// The one that its address and port make: right for what keeps state by sender.
    case byFlow
    /// Any, datagram by datagram: one hot sender must not fill one lane while others idle.
    case freely
  }

  public var knownPorts: [UInt16] { (defaultPort.map { [$0] } ?? []) + wellKnownPorts }
}
