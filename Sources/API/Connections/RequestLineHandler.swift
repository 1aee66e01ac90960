import NIOCore
import Primitives
import Text

/// How far a connection's next request was read, as its octets came: shared by who stands before the parser and behind it.
final class RequestProgress {
  /// Whether the request line has ended: what is too long then is a header.
  var isLineRead = false
  fileprivate var isLineBegun = false
  /// Octets of the line that came so far.
  fileprivate var lineBytes = 0

  /// The request has ended; what follows is the next one's line.
  func noteEnd() {
    isLineRead = false
    isLineBegun = false
    lineBytes = 0
  }
}

/// Stands before the parser. Octets above ASCII in a request line are percent-encoded: the parser refuses them, and
/// whoever types a name into a terminal means that name.
final class RequestLineHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let progress: RequestProgress

  init(_ progress: RequestProgress) { self.progress = progress }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data)
    if progress.isLineRead {
      context.fireChannelRead(data)
    } else {
      context.fireChannelRead(wrapInboundOut(encoded(bytes)))
    }
    // A request that ended in these octets: what stands behind it is the next one's.
    if !progress.isLineRead && !progress.isLineBegun { noteRest(of: bytes) }
  }

  private func encoded(_ bytes: ByteBuffer) -> ByteBuffer {
    let view = bytes.readableBytesView
    var end = view.endIndex
    var isPlain = true
    for index in view.indices {
      let byte = view[index]
      if byte == UInt8(ascii: "\n") && progress.isLineBegun {
        end = index
        // One that is too long is not read, however much of it comes at once.
        progress.isLineRead = progress.lineBytes + (index - view.startIndex) <= Limits.httpHeadBytes
        break
      }
      // Line ends before a request belong to none.
      if byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\r") { progress.isLineBegun = true }
      if byte >= 0x80 { isPlain = false }
    }
    progress.lineBytes += end - view.startIndex
    if isPlain { return bytes }
    var result = ByteBuffer()
    result.reserveCapacity(bytes.readableBytes + 1_024)
    for byte in view[..<end] {
      if byte < 0x80 {
        result.writeInteger(byte)
      } else {
        result.writeBytes(PercentCoding.encoded(byte))
      }
    }
    result.writeBytes(view[end...])
    return result
  }

  /// What stands behind the last empty line is the beginning of a request.
  private func noteRest(of bytes: ByteBuffer) {
    var isBehindLineEnd = false
    for byte in bytes.readableBytesView.reversed() {
      if byte == UInt8(ascii: "\r") { continue }
      if byte == UInt8(ascii: "\n") {
        if isBehindLineEnd { return }
        isBehindLineEnd = true
        if progress.isLineBegun { progress.isLineRead = true }
        continue
      }
      isBehindLineEnd = false
      progress.isLineBegun = true
    }
  }
}
