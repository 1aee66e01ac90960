import HTTPTypes
import Hummingbird

/// What a route answers.
struct APIAnswer: Sendable {
  var bytes: [UInt8]
  var contentType: String
  var status: HTTPResponse.Status
  var headers = HTTPFields()

  init(bytes: [UInt8], contentType: String, status: HTTPResponse.Status = .ok) {
    self.bytes = bytes
    self.contentType = contentType
    self.status = status
  }

  init(json body: (inout JSONWriter) -> Void) {
    var writer = JSONWriter()
    writer.object(body)
    self.init(bytes: writer.bytes, contentType: "application/json")
  }

  init(csv writer: CSVWriter) {
    self.init(bytes: writer.bytes, contentType: "text/csv; charset=utf-8; header=present")
  }

  var response: Response {
    var headers = headers
    headers[.contentType] = contentType
    headers[.contentLength] = String(bytes.count)
    if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
    headers[.xContentTypeOptions] = "nosniff"
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
