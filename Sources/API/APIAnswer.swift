import HTTPTypes
import Hummingbird

/// What a route answers.
struct APIAnswer: Sendable {
  var bytes: [UInt8]
  var contentType: String
  var status: HTTPResponse.Status
  var headers = HTTPFields()
  /// What is written instead of bytes, until it ends.
  var stream: StreamSession?
  /// Bytes that say when it was made and not what it says.
  var passingBytes: Range<Int>?
  /// Names this version of it, where a client may keep it.
  var tag: EntityTag?

  init(bytes: [UInt8], contentType: String, status: HTTPResponse.Status = .ok) {
    self.bytes = bytes
    self.contentType = contentType
    self.status = status
  }

  init(json body: (inout JSONWriter) -> Void) {
    var writer = JSONWriter()
    writer.object(body)
    self.init(bytes: writer.bytes, contentType: "application/json")
    passingBytes = writer.passingBytes
  }

  init(csv writer: CSVWriter) {
    self.init(bytes: writer.bytes, contentType: "text/csv; charset=utf-8; header=present")
  }

  /// The answer with a tag of what it says: a client may keep it, and has to ask each time whether it still stands.
  func tagged() -> APIAnswer {
    var answer = self
    answer.tag = EntityTag(ofContent: bytes, passing: passingBytes)
    answer.headers[.cacheControl] = "no-cache"
    return answer
  }

  var response: Response {
    var headers = headers
    if status != .notModified { headers[.contentType] = contentType }
    if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
    headers[.xContentTypeOptions] = "nosniff"
    if let stream {
      return Response(status: status, headers: headers, body: ResponseBody { try await stream.write(to: &$0) })
    }
    if status != .notModified { headers[.contentLength] = String(bytes.count) }
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
