public import Primitives

/// One request, as the audit keeps it.
public struct AuditLine: Hashable, Sendable {
  /// When its answer was sent, or its client had gone, in whole microseconds.
  public private(set) var time: UnixNanos
  /// Who asked; empty if nobody said it, or what said it was refused.
  public private(set) var name: String
  /// From where, with the port.
  public private(set) var address: String
  public private(set) var method: String
  public private(set) var path: String
  /// As it was sent, without the tokens in it.
  public private(set) var query: String
  public private(set) var status: Int
  /// Rows of the answer, where that has any.
  public private(set) var rows: Int?
  /// Octets of the answer's body that were sent; nil while a stream has only begun.
  public private(set) var bytes: Int?
  /// How long it took, in microseconds; nil while a stream has only begun.
  public private(set) var durationMicros: Int?

  /// Takes what may be kept: tokens are masked, long texts are cut.
  public init(
    time: UnixNanos, name: String, address: String, method: String, path: String, query: String, status: Int,
    rows: Int?, bytes: Int?, durationMicros: Int?
  ) {
    self.init(
      stored: time, name: Self.cut(name, to: Limits.auditWordBytes),
      address: Self.cut(address, to: Limits.auditWordBytes), method: Self.cut(method, to: Limits.auditWordBytes),
      path: Self.cut(TokenMask.masked(path: path), to: Limits.auditTextBytes),
      query: Self.cut(TokenMask.masked(query: query), to: Limits.auditTextBytes), status: status, rows: rows,
      bytes: bytes, durationMicros: durationMicros)
  }

  /// Takes what was kept, as it is.
  public init(
    stored time: UnixNanos, name: String, address: String, method: String, path: String, query: String, status: Int,
    rows: Int?, bytes: Int?, durationMicros: Int?
  ) {
    // The first microsecond of all times is not whole.
    self.time = flooredDivision(max(time, .min + Nanos.perMicrosecond), by: Nanos.perMicrosecond) * Nanos.perMicrosecond
    self.name = name
    self.address = address
    self.method = method
    self.path = path
    self.query = query
    self.status = status
    self.rows = rows
    self.bytes = bytes
    self.durationMicros = durationMicros
  }

  /// What a text that was cut ends in.
  private static let mark = "…"

  private static func cut(_ text: String, to byteCount: Int) -> String {
    if text.utf8.count <= byteCount { return text }
    var end = text.utf8.index(text.startIndex, offsetBy: byteCount - mark.utf8.count)
    while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
    return String(text[..<end]) + mark
  }

  /// About what it takes in memory.
  public var heldBytes: Int {
    256 + name.utf8.count + address.utf8.count + method.utf8.count + path.utf8.count + query.utf8.count
  }
}
