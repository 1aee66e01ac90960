import Gzip
import HTTPTypes
import Hummingbird
import NIOCore
import Primitives

/// A request's body as it comes, unpacked, a piece at a time. What it holds does not depend on how large it is.
struct BodyPieces {
  private var source: RequestBody.AsyncIterator
  private let limitBytes: Int
  private let unpackedLimitBytes: Int
  private var gunzip: GunzipStream?
  private let isPacked: Bool
  /// What came and is not unpacked yet.
  private var packed: [UInt8] = []
  private var hasEnded = false
  private var taken = 0
  /// What the request says, if it does.
  private let declared: Int?
  private var unpacked = 0

  /// - Throws: `APIProblem` for a coding that is not known, and for a body that says that it is too large.
  init(
    _ request: Request, limitBytes: Int = Limits.bodyBytes, unpackedLimitBytes: Int = Limits.unpackedBodyBytes
  ) throws(APIProblem) {
    declared = request.headers[.contentLength].flatMap { Int($0) }
    if let declared, declared > limitBytes { throw .bodyTooLarge(limitBytes) }
    let coding = (request.headers[.contentEncoding] ?? "").lowercased().filter { $0 != " " }
    switch coding {
    case "", "identity": isPacked = false
    case "gzip", "x-gzip": isPacked = true
    default: throw .unknownBodyCoding(coding)
    }
    source = request.body.makeAsyncIterator()
    self.limitBytes = limitBytes
    self.unpackedLimitBytes = unpackedLimitBytes
  }

  /// The next octets, `Limits.linePieceBytes` at the most; nil at the end.
  ///
  /// - Throws: `APIProblem` for a body that is too large, or is not what it says.
  mutating func next() async throws -> [UInt8]? {
    while true {
      if packed.isEmpty && !hasEnded { try await read() }
      if packed.isEmpty && hasEnded {
        // An empty body is no gzip file, and has no lines either.
        guard let gunzip, !gunzip.isOver else { return nil }
        // What was taken in may still have to come out.
        let rest = try expand(gunzip)
        if rest.isEmpty && !gunzip.isOver { throw APIProblem.damagedBody("it ends before it is whole") }
        if rest.isEmpty { return nil }
        return try counted(rest)
      }
      let piece = isPacked ? try await unpack() : takePlain()
      if piece.isEmpty { continue }
      return try counted(piece)
    }
  }

  private mutating func counted(_ piece: [UInt8]) throws -> [UInt8] {
    unpacked += piece.count
    if unpacked > unpackedLimitBytes { throw APIProblem.bodyTooLarge(unpackedLimitBytes) }
    return piece
  }

  private mutating func read() async throws {
    while packed.isEmpty {
      guard let buffer = try await source.next() else {
        if let declared, taken < declared { throw APIProblem.damagedBody("it ends before it is whole") }
        hasEnded = true
        return
      }
      taken += buffer.readableBytes
      if taken > limitBytes { throw APIProblem.bodyTooLarge(limitBytes) }
      packed = Array(buffer.readableBytesView)
    }
  }

  private mutating func takePlain() -> [UInt8] {
    if packed.count <= Limits.linePieceBytes {
      defer { packed = [] }
      return packed
    }
    defer { packed.removeFirst(Limits.linePieceBytes) }
    return Array(packed.prefix(Limits.linePieceBytes))
  }

  private mutating func unpack() async throws -> [UInt8] {
    if gunzip?.isOver ?? true { try await beginMember() }
    guard let gunzip else { return [] }
    return try expand(gunzip)
  }

  private mutating func expand(_ gunzip: GunzipStream) throws -> [UInt8] {
    var counts = (taken: 0, written: 0)
    let piece = [UInt8](unsafeUninitializedCapacity: Limits.linePieceBytes) { target, count in
      packed.withUnsafeBytes { counts = gunzip.expand($0, into: UnsafeMutableRawBufferPointer(target)) }
      count = counts.written
    }
    packed.removeFirst(counts.taken)
    if gunzip.isDamaged { throw APIProblem.damagedBody("it is no gzip, or is damaged") }
    if counts.taken == 0 && counts.written == 0 && !packed.isEmpty && !gunzip.isOver {
      throw APIProblem.damagedBody("it is no gzip, or is damaged")
    }
    return piece
  }

  /// Several members may stand one behind the other (RFC 1952 section 2.2).
  private mutating func beginMember() async throws {
    while packed.count < 2 {
      let rest = packed
      packed = []
      try await read()
      if packed.isEmpty { throw APIProblem.damagedBody("it is no gzip, or something stands behind it") }
      packed = rest + packed
    }
    if packed[0] != 0x1F || packed[1] != 0x8B {
      throw APIProblem.damagedBody("it is no gzip, or something stands behind it")
    }
    gunzip = GunzipStream()
  }

  /// All of it.
  ///
  /// - Parameter hold: asked for the memory before it is taken.
  mutating func whole(_ hold: AnswerMemory.Hold) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while let piece = try await next() {
      if !hold.resize(to: 2 * (bytes.count + piece.count)) { throw APIProblem.memoryShort }
      bytes += piece
    }
    return bytes
  }
}
