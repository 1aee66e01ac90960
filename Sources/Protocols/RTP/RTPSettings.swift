import Primitives

/// What is known of RTP on a listener before the first packet.
public struct RTPSettings: Sendable {
  /// What an `rtpmap` says of a payload type: `H264/90000`.
  public struct Format: Sendable {
    public var codec: VideoCodec
    public var clockRate: Int
    var media: StreamMedia

    /// Reads `NAME/RATE` (RFC 8866 section 6.6), with or without channels; nil if it is none.
    public init?(_ text: String) {
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      guard (2...3).contains(parts.count), !parts[0].isEmpty, let rate = Int(parts[1]), (1...1_000_000).contains(rate)
      else { return nil }
      codec = VideoCodec(encodingName: String(parts[0]))
      media = StreamMedia(encodingName: String(parts[0]), clockRate: rate)
      clockRate = rate
    }
  }

  /// By payload type.
  public var formats: [UInt8: Format] = [:]
  /// Nothing for so long is silence.
  public var silentNanos = 5 * Nanos.perSecond
  /// Pictures that do not change for so long are frozen.
  public var frozenNanos = 10 * Nanos.perSecond

  public let tally = RTPTally()
  /// How the cameras are: of a node's listeners that of the first one stands for all.
  var watch: CameraWatch { tally.watch }

  public init() {}
}
