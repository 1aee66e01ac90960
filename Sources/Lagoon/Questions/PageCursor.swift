public import Primitives

/// Where the next page begins: a time, and how many rows of that time came already. Clients hold it as text
/// that means nothing to them.
public struct PageCursor: Hashable, Sendable {
  public var time: UnixNanos
  public var skip: Int

  public init(time: UnixNanos, skip: Int) {
    self.time = time
    self.skip = skip
  }

  /// Reads what `text` made; nil for anything else. No instant holds so many rows as a cursor may not skip.
  public init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let bits = UInt64(parts[0], radix: 36), let skip = Int(parts[1], radix: 36),
      (0...Limits.pageSkip).contains(skip),
      parts.allSatisfy({ $0.utf8.first != UInt8(ascii: "+") && $0.utf8.first != UInt8(ascii: "-") })
    else { return nil }
    time = Int64(bitPattern: bits)
    self.skip = skip
  }

  public var text: String {
    String(UInt64(bitPattern: time), radix: 36) + "." + String(skip, radix: 36)
  }
}
