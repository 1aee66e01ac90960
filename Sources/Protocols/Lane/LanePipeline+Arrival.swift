public import Primitives

extension LanePipeline {
  /// A datagram as it came in.
  public struct Arrival: Sendable {
    public var listener: Int
    public var source: SourceAddress
    /// Whom it was sent to; with the port alone where a socket does not tell the address.
    public var destination: SourceAddress
    public var nanos: UnixNanos
    public var monotonicNanos: Int64
    /// It was larger than a slot, or the capture cut it.
    public var isTruncated = false
    /// Octets that were sent, of what a capture cut and is sound else; 0 of all others.
    public var wireBytes = 0
    /// Overheard: nobody is answered.
    public var isCaptured = false
    /// No port tells its protocol: what looks like RTP has to prove it.
    public var isGuessed = false
    /// The batch that its rows would stand in.
    var sequence: UInt64 = 0
    /// RTSP carried it in its TCP connection, whose ports say nothing of it.
    public var isInterleaved = false

    public init(
      listener: Int, source: SourceAddress, destination: SourceAddress, nanos: UnixNanos, monotonicNanos: Int64
    ) {
      self.listener = listener
      self.source = source
      self.destination = destination
      self.nanos = nanos
      self.monotonicNanos = monotonicNanos
    }
  }
}
