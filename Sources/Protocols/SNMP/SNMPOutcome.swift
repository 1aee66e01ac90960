public import Telemetry

/// What an SNMP endpoint made of a datagram.
public struct SNMPOutcome: Sendable {
  public enum Reply: Sendable {
    case none
    /// A Report, to be sent at once.
    case now([UInt8])
    /// The Response to an inform, to be sent when its event is committed.
    case afterCommit([UInt8])
  }

  public var verdict: DatagramVerdict
  public var reply: Reply

  init(_ verdict: DatagramVerdict, _ reply: Reply = .none) {
    self.verdict = verdict
    self.reply = reply
  }
}
