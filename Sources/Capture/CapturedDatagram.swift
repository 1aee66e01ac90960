public import Primitives

/// A UDP datagram as a capture holds it. Its payload is read from the reader (`CaptureReader.payload`), which owns the
/// bytes.
public struct CapturedDatagram: Sendable, BitwiseCopyable {
  /// When the frame was captured that completed the datagram. A frame without a time of its own (a pcapng simple
  /// packet) has that of the last frame that had one, 0 before any.
  public var time: UnixNanos
  /// Whether the frame had a time of its own.
  public var isTimed: Bool
  /// Source and destination of the innermost IP packet around the datagram, with the UDP ports.
  public var source: SourceAddress
  public var destination: SourceAddress
  /// The number of the frame that completed the datagram, from 1.
  public var frameNumber: Int
  /// The length field of the UDP header: 8 more than the payload should have.
  public var udpLength: Int
  /// Octets of payload that there are.
  public var payloadLength: Int
  /// Whether it was put together from fragments.
  public var isReassembled: Bool
  /// Whether it is no datagram, but a packet that RTSP carried in its TCP connection.
  public var isInterleaved = false
  /// The capture kept only the head of it, and that is all that is wrong.
  public var isCutByCapture = false
  /// Whether all of the payload that the header promises is there. False for one that the capture cut, and where the
  /// UDP length contradicts the packet.
  public var isWhole: Bool

  /// Before the first.
  static let none = CapturedDatagram(
    time: 0, isTimed: false, source: SourceAddress(high: 0, low: 0, port: 0),
    destination: SourceAddress(high: 0, low: 0, port: 0), frameNumber: 0, udpLength: 0, payloadLength: 0,
    isReassembled: false, isWhole: false)
}
