import Access
import Logging
import Node
import Secure

extension Configuration.Identity {
  /// The issuer, asked over HTTPS. Nothing is asked before it runs.
  func issuer(_ log: Logger) throws(TLSFault) -> IdentityIssuer {
    let trust = try TLSTrust(authorities: authorities)
    return IdentityIssuer(settings, transport: HTTPSClient(trust), note: { log.notice("\($0)") })
  }
}
