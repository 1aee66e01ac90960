/// Why a capture could not be opened. What is wrong further inside the file is counted, not thrown.
public enum CaptureError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file could not be opened or read.
  case unreadable(path: String, cause: String)
  /// The file does not begin as a pcap or pcapng file does.
  case notACapture(path: String)
  /// The file ends within its header.
  case headerCut(path: String)
  /// The interface is not there, or may not be listened to.
  case interface(String, cause: String)
  /// The filter is none.
  case filter(String, cause: String)

  /// `cannot read capture a.pcap: it is neither pcap nor pcapng`.
  public var description: String {
    switch self {
    case .unreadable(let path, let cause): "cannot open capture \(path): \(cause)"
    case .notACapture(let path): "cannot read capture \(path): it is neither pcap nor pcapng"
    case .headerCut(let path): "cannot read capture \(path): it ends within its header"
    case .interface(let name, let cause): "cannot capture on interface \(name): \(cause)"
    case .filter(let text, let cause): "cannot compile filter \(text): \(cause)"
    }
  }
}
