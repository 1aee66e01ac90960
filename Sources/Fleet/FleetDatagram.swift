/// What a plan says of a datagram that it wrote.
public struct FleetDatagram: Sendable, Equatable {
  public var transport: FleetTransport
  /// Which source port it goes out from, `0..<sources` of its transport.
  public var source: Int
  /// CoAP: how often this source has used up its 65,536 message ids. A receiver deduplicates by source port and
  /// message id (RFC 7252 section 4.5), so each epoch needs a source port of its own.
  public var epoch: Int = 0
  public var messageID: UInt16 = 0
  public var token: UInt64 = 0
  public var isConfirmable = false
  /// The measurement of its rows, where it has rows of one only.
  public var measurement: FleetMeasurement?
  public var rows: Int = 0
  public var readings: Int = 0
  public var events: Int = 0
}
