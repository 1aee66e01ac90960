public import Primitives
public import Sys

/// What stands in a segment's file, for `thinai inspect`. It changes nothing.
public struct JournalInspection: Equatable, Sendable {
  /// What a stretch of the file is.
  public enum State: String, Sendable {
    /// A frame that can be replayed.
    case whole
    /// No frame, but a whole one follows.
    case damaged
    /// No frame, up to the end of the file.
    case tail
  }

  /// A stretch of the file.
  public struct Entry: Equatable, Sendable {
    /// Where it begins.
    public var offset: Int
    /// Its length in the file, a frame's header included.
    public var byteCount: Int
    /// The frame's payload before compression; 0 if it is none.
    public var payloadBytes: Int
    /// The frame's number in the file; nil if it is none.
    public var sequence: UInt64?
    /// Whether it is a frame.
    public var state: State
  }

  /// What the file header says; nil if it is damaged.
  public struct Header: Equatable, Sendable {
    /// The format's version.
    public var version: UInt32
    /// The lane that wrote it.
    public var lane: Int
    /// The segment's number.
    public var segment: UInt64
    /// When it was created.
    public var createdAt: UnixNanos
  }

  /// nil if it is damaged.
  public var header: Header?
  /// The file's length.
  public var byteCount: Int
  /// From front to back; empty for a version that is unknown here.
  public var entries: [Entry]

  /// Reads the file.
  public init(path: String) throws(SystemError) {
    var scanner = try FrameScanner(path: path)
    byteCount = scanner.byteCount
    entries = []
    if let found = scanner.header {
      header = Header(
        version: found.version, lane: Int(found.lane), segment: found.segment, createdAt: found.createdAt)
      if found.version != JournalFormat.version { return }
    }
    while let step = try scanner.next() {
      switch step {
      case .frame(let offset, let header):
        entries.append(
          Entry(
            offset: offset, byteCount: header.frameBytes, payloadBytes: header.payloadBytes,
            sequence: header.sequence, state: .whole))
      case .damage(let range):
        entries.append(Self.entry(range, .damaged))
      case .tail(let range):
        entries.append(Self.entry(range, .tail))
      }
    }
  }

  private static func entry(_ range: Range<Int>, _ state: State) -> Entry {
    Entry(offset: range.lowerBound, byteCount: range.count, payloadBytes: 0, sequence: nil, state: state)
  }
}
