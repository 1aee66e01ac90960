import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

extension TransportFault {
  /// What the libraries say, in words that somebody can act on.
  init(_ error: any Error, wasSent: Bool) {
    switch error {
    case let fault as TransportFault: self = fault
    case let error as HTTPClientError: self.init(error, sent: wasSent)
    case let error as NIOConnectionError:
      if let failure = error.connectionErrors.first {
        self.init(failure.error, wasSent: wasSent)
      } else {
        let isNameless = error.dnsAError != nil || error.dnsAAAAError != nil
        self.init(.unreachable, wasSent: wasSent, isNameless ? "its name has no address" : "it cannot be reached")
      }
    case ChannelError.connectTimeout: self.init(.timedOut, wasSent: wasSent, "it did not answer")
    case let error as IOError: self.init(.unreachable, wasSent: wasSent, Self.words(of: error))
    case is HTTPParserError: self.init(.badAnswer, wasSent: wasSent, "what it answers is no HTTP")
    case is NIOSSLExtraError: self.init(.untrusted, wasSent: wasSent, "its certificate is for another name")
    default:
      let words = Self.words(of: error)
      self.init(Self.lasting.contains(words) ? .untrusted : .unreachable, wasSent: wasSent, words)
    }
  }

  private init(_ error: HTTPClientError, sent wasSent: Bool) {
    switch error {
    case .connectTimeout, .tlsHandshakeTimeout: self.init(.timedOut, wasSent: wasSent, "it did not answer")
    case .deadlineExceeded: self.init(.timedOut, wasSent: wasSent, "it did not answer in time")
    case .readTimeout: self.init(.timedOut, wasSent: wasSent, "it said nothing for too long")
    case .writeTimeout: self.init(.timedOut, wasSent: wasSent, "it took nothing for too long")
    case .getConnectionFromPoolTimeout: self.init(.timedOut, wasSent: wasSent, "no connection was free in time")
    case .remoteConnectionClosed, .uncleanShutdown:
      self.init(.unreachable, wasSent: wasSent, "the connection was closed")
    default: self.init(.unreachable, wasSent: wasSent, error.shortDescription)
    }
  }

  private static let isUntrusted = "its certificate is not trusted"
  private static let isPlain = "it does not speak TLS"
  /// What stays so however often it is asked.
  private static let lasting = [isUntrusted, isPlain]

  /// TLS' words stand as `…:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at …`.
  private static func words(of error: any Error) -> String {
    let text = String(describing: error)
    guard let mark = text.firstRange(of: "OPENSSL_internal:") else { return text }
    let word = String(text[mark.upperBound...].prefix { $0.isUppercase || $0.isNumber || $0 == "_" })
    switch word {
    case "CERTIFICATE_VERIFY_FAILED": return isUntrusted
    case "WRONG_VERSION_NUMBER", "HTTP_REQUEST": return isPlain
    default: return word.lowercased().replacing("_", with: " ")
    }
  }

  /// `connect(…): Connection refused) (errno: 111)` says more than anybody needs.
  private static func words(of error: IOError) -> String {
    let text = error.description
    guard let end = text.firstRange(of: " (errno") else { return text }
    let words = text[..<end.lowerBound].split(separator: ": ").last ?? ""
    return String(words.drop { $0 == "(" }.prefix { $0 != ")" })
  }
}
