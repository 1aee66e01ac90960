public import Primitives

/// Where lines of the audit go, and come back from.
public protocol AuditTrail: AnyObject, Sendable {
  /// Whether one more line can be kept. If not, a question is not answered.
  var hasRoom: Bool { get }
  /// Keeps a line. Returns at once: it is on the disk soon after.
  func append(_ line: AuditLine)
  /// Counts a request that there was no room for: refused, or answered without a line as `/readyz` and `/metrics` are.
  func noteUnkept(isAnswered: Bool)
  /// Counts a request without anybody's token that has no line, because its address had many.
  func noteOmitted()
  /// Lines that are on the disk, newest first, those that were appended before the call included.
  ///
  /// - Parameter check: throws if nobody waits any more.
  func page(_ query: AuditQuery, check: () throws -> Void) throws -> AuditPage
}

/// Which lines are asked for.
public struct AuditQuery: Sendable {
  public var from: UnixNanos
  /// Not itself.
  public var to: UnixNanos
  public var name: String?
  /// The whole path, or what it begins with if this ends in `*`.
  public var path: String?
  public var status: Int?
  public var limit: Int
  /// The last line of the page before.
  public var cursor: Place?

  public init(
    from: UnixNanos = .min, to: UnixNanos = .max, name: String? = nil, path: String? = nil, status: Int? = nil,
    limit: Int, cursor: Place? = nil
  ) {
    self.from = from
    self.to = to
    self.name = name
    self.path = path
    self.status = status
    self.limit = limit
    self.cursor = cursor
  }

  public func takes(_ record: AuditRecord) -> Bool {
    let line = record.line
    if line.time < from || line.time >= to { return false }
    if let cursor, !(Place(record) < cursor) { return false }
    if let name, line.name != name { return false }
    if let status, line.status != status { return false }
    guard let path else { return true }
    return path.hasSuffix("*") ? line.path.hasPrefix(path.dropLast()) : line.path == path
  }

  /// A line's place in the order of pages.
  public struct Place: Comparable, Hashable, Sendable {
    public var time: UnixNanos
    public var sequence: Int64
    /// Lines of many nodes may be in one table.
    public var node: String

    public init(_ record: AuditRecord) {
      time = record.line.time
      sequence = record.sequence
      node = record.node
    }

    /// Reads what `text` made; nil for anything else.
    public init?(_ text: String) {
      let parts = text.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 3, let time = Int64(parts[0]), let sequence = Int64(parts[1]) else { return nil }
      (self.time, self.sequence, node) = (time, sequence, String(parts[2]))
    }

    /// What a client holds of it, and means nothing to it.
    public var text: String { "\(time).\(sequence).\(node)" }

    public static func < (left: Place, right: Place) -> Bool {
      (left.time, left.sequence, left.node) < (right.time, right.sequence, right.node)
    }
  }
}

/// Some lines, newest first.
public struct AuditPage: Sendable {
  public var records: [AuditRecord]
  /// Where the next page goes on; nil if there is none.
  public var next: AuditQuery.Place?

  public init(records: [AuditRecord], next: AuditQuery.Place?) {
    self.records = records
    self.next = next
  }
}
