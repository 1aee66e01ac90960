/// What a plan says of a datagram that it wrote.
public struct FleetDatagram: Sendable, Equatable {
  /// The protocol, and so the target.
  public var transport: FleetTransport
  /// Which source port it goes out from, `0..<sources` of its transport.
  public var source: Int
  /// CoAP: how often this source has used up its 65,536 message ids. A receiver deduplicates by source port and
  /// message id (RFC 7252 section 4.5), so each epoch needs a source port of its own.
  public var epoch: Int = 0
  /// CoAP: the message id (RFC 7252 section 3).
  public var messageID: UInt16 = 0
  /// CoAP: the token, of four bytes.
  public var token: UInt64 = 0
  /// CoAP: whether it asks for an acknowledgement.
  public var isConfirmable = false
  /// The measurement of its rows, where it has rows of one only.
  public var measurement: FleetMeasurement?
  /// Rows in it.
  public var rows: Int = 0
  /// Values in it.
  public var readings: Int = 0
  /// Syslog messages in it, 0 or 1.
  public var events: Int = 0
}
