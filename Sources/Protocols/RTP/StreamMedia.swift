/// What a stream carries, as far as it matters to what may be said of it.
enum StreamMedia: UInt8, BitwiseCopyable {
  /// Not known: video, if its timestamps count 90,000 a second.
  case unknown
  case video
  /// Pictures that need no other one (RFC 2435).
  case jpeg
  /// MPEG-TS, which fills every packet alike.
  case transportStream
  case audio
  /// What is sent only when there is something: metadata, retransmissions, repair.
  case incidental

  /// By a static payload type (RFC 3551 tables 4 and 5).
  init(payloadType: UInt8) {
    switch payloadType {
    case 0...18: self = .audio
    case 26: self = .jpeg
    case 25, 28, 31, 32, 34: self = .video
    case 33: self = .transportStream
    default: self = .unknown
    }
  }

  /// By the encoding name of an `rtpmap`.
  init(encodingName: String, clockRate: Int) {
    switch encodingName.uppercased() {
    case "JPEG": self = .jpeg
    case "MP2T": self = .transportStream
    case "RTX", "RED", "ULPFEC", "FLEXFEC", "FLEXFEC-03", "PARITYFEC": self = .incidental
    case let name where name.hasPrefix("VND.ONVIF.METADATA"): self = .incidental
    case "MPA", "MPA-ROBUST": self = .audio
    default: self = clockRate == 90_000 ? .video : .audio
    }
  }
}
