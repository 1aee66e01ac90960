import NIOCore
import NIOPosix
import NIOSSL

/// Why there is no secure connection, or what is wrong with a certificate's files.
public struct TLSFault: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String

  init(_ description: String) { self.description = description }

  /// What the libraries say, in words that somebody can act on.
  init(_ error: any Error) {
    if let fault = error as? TLSFault {
      self = fault
      return
    }
    let text = String(describing: error)
    // The library's words stand as `…:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at …`.
    if let mark = text.firstRange(of: "OPENSSL_internal:") {
      let word = String(text[mark.upperBound...].prefix { $0.isUppercase || $0.isNumber || $0 == "_" })
      description = Self.words[word] ?? word.lowercased().replacing("_", with: " ")
      return
    }
    switch error {
    case is NIOSSLExtraError: description = "its certificate is for another name"
    case NIOSSLError.uncleanShutdown, ChannelError.ioOnClosedChannel, ChannelError.eof, ChannelError.outputClosed,
      ChannelError.alreadyClosed:
      description = "the connection was closed"
    case NIOSSLError.failedToLoadPrivateKey: description = "the key is another certificate's"
    case ChannelError.connectTimeout: description = "it did not answer"
    case let error as NIOConnectionError: description = Self.cause(of: error)
    case let error as IOError: description = Self.words(of: error)
    default: description = text
    }
  }

  private static func cause(of error: NIOConnectionError) -> String {
    if let failure = error.connectionErrors.first { return TLSFault(failure.error).description }
    if error.dnsAError != nil || error.dnsAAAAError != nil { return "its name has no address" }
    return "it cannot be reached"
  }

  /// `connect(…): Connection refused) (errno: 111)` says more than anybody needs.
  private static func words(of error: IOError) -> String {
    let text = error.description
    guard let end = text.firstRange(of: " (errno") else { return text }
    let words = text[..<end.lowerBound].split(separator: ": ").last ?? ""
    return String(words.drop { $0 == "(" }.prefix { $0 != ")" })
  }

  private static let words = [
    "CERTIFICATE_VERIFY_FAILED": "its certificate is not trusted",
    "TLSV1_ALERT_UNKNOWN_CA": "it does not trust our certificate",
    "TLSV1_ALERT_CERTIFICATE_REQUIRED": "it asks for a certificate",
    "WRONG_VERSION_NUMBER": "it does not speak TLS",
    "HTTP_REQUEST": "it does not speak TLS",
    "UNSUPPORTED_PROTOCOL": "it speaks no TLS 1.2 or 1.3",
    "TLSV1_ALERT_PROTOCOL_VERSION": "it speaks no TLS 1.2 or 1.3",
    "KEY_VALUES_MISMATCH": "the key is another certificate's",
    "KEY_TYPE_MISMATCH": "the key is another certificate's",
  ]
}
