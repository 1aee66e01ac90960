import Intake
import Primitives
import Protocols
import Telemetry

/// A CoAP request as a test writes it.
struct CoAPRequest {
  var type = CoAPType.confirmable
  var code = CoAPCode.post
  var messageID: UInt16
  var token: [UInt8] = [0xAA, 0xBB]
  var options: [(number: Int, value: [UInt8])] = []
  var payload: [UInt8] = []

  /// A POST of a pack to `path`.
  init(
    _ messageID: UInt16, path: String = "telemetry/weather", contentFormat: UInt8? = 110, payload: [UInt8] = []
  ) {
    self.messageID = messageID
    self.payload = payload
    options = path.split(separator: "/", omittingEmptySubsequences: false).map { (CoAPOption.uriPath, Array($0.utf8)) }
    if path.isEmpty { options = [] }
    if let contentFormat { options.append((CoAPOption.contentFormat, [contentFormat])) }
  }

  static let pack = Array(#"[{"bn":"urn:dev:mac:aa/","n":"temperature","v":23.5},{"n":"open","vb":true}]"#.utf8)

  /// A POST of one row of two fields.
  static func row(_ messageID: UInt16, type: CoAPType = .confirmable) -> CoAPRequest {
    var request = CoAPRequest(messageID, payload: pack)
    request.type = type
    return request
  }

  func with(_ option: Int, _ value: [UInt8]) -> CoAPRequest {
    var request = self
    request.options.append((option, value))
    return request
  }

  /// With Block1 and the part of `body` that it names.
  func with(block: CoAPBlock, of body: [UInt8]) -> CoAPRequest {
    var request = with(CoAPOption.block1, Self.fewest(block.rawValue))
    request.payload = Array(body[block.offset..<min(body.count, block.offset + block.size)])
    return request
  }

  static func fewest(_ value: UInt32) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest > 0 {
      bytes.insert(UInt8(rest & 255), at: 0)
      rest >>= 8
    }
    return bytes
  }

  var bytes: [UInt8] {
    var bytes: [UInt8] = [
      1 << 6 | type.rawValue << 4 | UInt8(token.count), code.rawValue, UInt8(messageID >> 8), UInt8(messageID & 255),
    ]
    bytes += token
    var last = 0
    for option in options.sorted(by: { $0.number < $1.number }) {
      let (delta, deltaMore) = Self.extended(option.number - last)
      let (length, lengthMore) = Self.extended(option.value.count)
      bytes.append(delta << 4 | length)
      bytes += deltaMore + lengthMore + option.value
      last = option.number
    }
    return payload.isEmpty ? bytes : bytes + [0xFF] + payload
  }

  private static func extended(_ value: Int) -> (UInt8, [UInt8]) {
    if value < 13 { return (UInt8(value), []) }
    if value < 269 { return (13, [UInt8(value - 13)]) }
    return (14, [UInt8((value - 269) >> 8), UInt8((value - 269) & 255)])
  }
}

/// An endpoint with a clock of its own, and what it answers.
final class CoAPServer {
  var endpoint: CoAPEndpoint
  var out = DecodedDatagram()
  var nowNanos: Int64 = 1_000 * Nanos.perSecond

  init(exchanges: Int = 1_024, bodies: Int = 4, bodyBytes: Int = Limits.coapBodyBytes) {
    endpoint = CoAPEndpoint(exchanges: exchanges, bodies: bodies, bodyBytes: bodyBytes, key: (7, 9))
  }

  static let client = SourceAddress(ipv4: 0x0A00_0001, port: 40_000)

  struct Answer {
    var verdict: DatagramVerdict
    var bytes: [UInt8]?
    var exchange: CoAPExchange?
    var rows: Int
    var fields: Int

    /// The answer read as a message; nil if there was none.
    var message: CoAPMessage? {
      guard let bytes else { return nil }
      var message = CoAPMessage()
      return message.read(bytes.span.bytes) == nil ? message : nil
    }

    var code: CoAPCode? { message?.code }

    var payload: String? {
      guard let message, let bytes else { return nil }
      return String(decoding: bytes[message.payload], as: UTF8.self)
    }
  }

  func send(_ request: CoAPRequest, from source: SourceAddress = client) -> Answer {
    send(request.bytes, from: source)
  }

  func send(_ bytes: [UInt8], from source: SourceAddress = client) -> Answer {
    let outcome = endpoint.receive(
      bytes.span.bytes, source: source, arrivalNanos: 1_795_176_000_000_000_000, monotonicNanos: nowNanos, into: &out)
    var answer = Answer(verdict: outcome.verdict, rows: out.rows.count, fields: out.fields.count)
    switch outcome.reply {
    case .none: break
    case .now(let range): answer.bytes = taken(range)
    case .afterCommit(let exchange): answer.exchange = exchange
    }
    return answer
  }

  /// The answer after a commit, and whom it is for.
  func commit(_ answer: Answer, _ result: RowFate = .stored) -> (to: SourceAddress, answer: Answer)? {
    guard let exchange = answer.exchange, let reply = endpoint.rowsCommitted(exchange, result: result) else {
      return nil
    }
    var committed = answer
    committed.bytes = taken(reply.bytes)
    return (reply.destination, committed)
  }

  private func taken(_ range: Range<Int>) -> [UInt8] {
    let bytes = endpoint.copyOfReplies(range)
    endpoint.clearReplies()
    return bytes
  }
}

extension CoAPEndpoint {
  /// Part of the replies as an array.
  func copyOfReplies(_ range: Range<Int>) -> [UInt8] {
    let bytes = replyBytes
    return range.map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
  }
}

extension DecodedDatagram {
  /// The series of a row whose key is canonical.
  func seriesKey(of row: Int) -> SeriesKey? {
    let range = rows[row].key
    return SeriesKey(canonicalBytes: arena.bytes.extracting(range.offset..<range.offset + Int(range.length)))
  }
}
