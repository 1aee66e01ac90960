import Logging
import Node
import Primitives
import Secure
import Sys
import Text

extension Configuration {
  /// What HTTP over TLS is made of; nil for plain HTTP.
  var tlsFiles: TLSFiles? {
    httpFiles.map {
      TLSFiles(certificate: $0.certificate, key: $0.key, clientAuthorities: $0.clientAuthorities)
    }
  }
}

extension ServerTLS {
  /// Reads its files anew, and says what came of it.
  func renew(_ log: Logger) {
    do {
      let isAnother = try renew()
      log.notice("\(isAnother ? "shows another certificate" : "shows the same certificate"), \(end)")
      if isOver { log.warning("the certificate has ended: clients will refuse it") }
    } catch {
      log.error("\(error); the certificate in force stays")
    }
  }

  /// `valid until 2027-01-01T00:00:00Z`
  var end: String { "valid until \(RFC3339.text(expires))" }

  var isOver: Bool { expires <= Clock.realtimeNanos() }
}
