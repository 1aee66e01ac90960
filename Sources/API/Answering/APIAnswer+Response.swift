import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import Primitives

extension APIAnswer {
  /// Whether the body is at hand and short: it goes out with the head.
  var isOnePiece: Bool { stream == nil && source == nil && bytes.count <= Limits.answerPieceBytes }

  var response: Response {
    var headers = headers
    if status != .notModified { headers[.contentType] = contentType }
    if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
    headers[.xContentTypeOptions] = "nosniff"
    if let stream {
      return Response(status: status, headers: headers, body: ResponseBody { try await stream.write(to: &$0) })
    }
    if let source {
      let maker = PieceMaker(source, coding: coding)
      return Response(status: status, headers: headers, body: Self.body(of: maker, keeping: hold))
    }
    if status != .notModified { headers[.contentLength] = String(bytes.count) }
    if isOnePiece {
      return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
    return Response(status: status, headers: headers, body: Self.body(of: ByteBuffer(bytes: bytes), keeping: hold))
  }

  /// A piece is made when the one before it was taken: what a client does not read is not made.
  private static func body(of maker: PieceMaker, keeping hold: AnswerMemory.Hold?) -> ResponseBody {
    ResponseBody { writer in
      while let piece = try await AnswerThreads.shared.pieces.runIfActive({ try maker.next() }) {
        try await writer.write(ByteBuffer(bytes: piece))
      }
      try await writer.finish(nil)
      withExtendedLifetime(hold) {}
    }
  }

  /// In pieces too, so that what was sent waits for nothing but the client.
  private static func body(of bytes: ByteBuffer, keeping hold: AnswerMemory.Hold?) -> ResponseBody {
    ResponseBody(contentLength: bytes.readableBytes) { writer in
      var rest = bytes
      while let piece = rest.readSlice(length: min(Limits.answerPieceBytes, rest.readableBytes)),
        piece.readableBytes > 0
      {
        try await writer.write(piece)
      }
      try await writer.finish(nil)
      withExtendedLifetime(hold) {}
    }
  }
}
