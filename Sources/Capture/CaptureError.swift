/// Why a capture could not be opened. What is wrong further inside the file is counted, not thrown.
public enum CaptureError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file could not be opened or read.
  case unreadable(path: String, cause: String)
  /// The file does not begin as a pcap or pcapng file does.
  case notACapture(path: String)
  /// The file ends within its header.
  case headerCut(path: String)

  /// `cannot read capture a.pcap: it is neither pcap nor pcapng`.
  public var description: String {
    switch self {
    case .unreadable(let path, let cause): "cannot open capture \(path): \(cause)"
    case .notACapture(let path): "cannot read capture \(path): it is neither pcap nor pcapng"
    case .headerCut(let path): "cannot read capture \(path): it ends within its header"
    }
  }
}
