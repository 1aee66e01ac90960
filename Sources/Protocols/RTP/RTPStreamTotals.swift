public import Primitives

/// What a stream came to from its first packet to its last, for a replay's report.
public struct RTPStreamTotals: Sendable {
  public var ssrc: UInt32
  public var source: SourceAddress
  public var destination: SourceAddress
  public var payloadType: UInt8
  public var codec: String
  public var packets: Int64
  public var bytes: Int64
  public var lost: Int64
  public var outOfOrder: Int64
  public var duplicates: Int64
  public var frames: Int64
  public var keyFrames: Int64
  /// 0 where the rate of the timestamps was never found out; then there is no jitter.
  public var clockRate: Int
  public var isClockEstimated: Bool
  /// The mean of the interarrival jitter (RFC 3550 section A.8) at each packet, and the largest.
  public var jitterMillis: Double?
  public var largestJitterMillis: Double?

  init(_ stream: RTPStream) {
    ssrc = stream.key.ssrc
    source = stream.key.source
    destination = stream.key.destination
    payloadType = stream.payloadType
    codec = "\(stream.videoCodec.name)"
    packets = stream.total.packets
    bytes = stream.total.bytes
    lost = stream.total.lost
    outOfOrder = stream.total.outOfOrder
    duplicates = stream.total.duplicates
    frames = stream.total.frames
    keyFrames = stream.total.keyFrames
    clockRate = Int(stream.clock.rate)
    isClockEstimated = stream.clock.isEstimated
    jitterMillis = stream.clock.meanJitterMillis
    largestJitterMillis = stream.clock.largestJitterMillis
  }
}
