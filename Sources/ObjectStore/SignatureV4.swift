import Cryptography
import Primitives
import Text

/// AWS Signature Version 4 in the header `Authorization`
/// (S3 API Reference, "Authenticating Requests: Using the Authorization Header").
///
/// ```
/// canonical request   method \n path \n query \n headers \n\n names of headers \n SHA-256 of the payload
/// string to sign      AWS4-HMAC-SHA256 \n time \n date/region/service/aws4_request \n SHA-256 of the canonical request
/// key                 HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service), "aws4_request")
/// ```
struct SignatureV4: Sendable {
  let credentials: Credentials
  let region: String
  let service: String

  init(_ credentials: Credentials, region: String, service: String = "s3") {
    self.credentials = credentials
    self.region = region
    self.service = service
  }

  /// `20130524T000000Z`, the header `x-amz-date`.
  static func time(_ nanos: UnixNanos) -> String {
    let seconds = flooredDivision(nanos, by: Nanos.perSecond) * Nanos.perSecond
    return RFC3339.text(seconds).filter { $0 != "-" && $0 != ":" }
  }

  /// SHA-256 in hexadecimal digits, the header `x-amz-content-sha256`.
  static func hash(_ bytes: [UInt8]) -> String {
    guard let hash = DigestAlgorithm.sha256.digest(bytes) else { fatalError("FATAL: libcrypto has no SHA-256") }
    return Hexadecimal.text(hash)
  }

  /// The query as it is signed and sent: everything encoded, in ascending order of encoded names, then values.
  static func query(_ items: [QueryItem]) -> String {
    items.map { (PercentCoding.encode($0.name), PercentCoding.encode($0.value)) }
      .sorted { $0.0 == $1.0 ? precedes($0.1, $1.1) : precedes($0.0, $1.0) }
      .map { $0.0 + "=" + $0.1 }.joined(separator: "&")
  }

  private static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }

  /// The value of `Authorization`. All headers are signed: a proxy that takes one away is found out.
  ///
  /// - Parameters:
  ///   - path: encoded, as it is sent.
  ///   - headers: `Host` and `x-amz-date` among them.
  func authorization(
    method: String, path: String, query: [QueryItem], headers: [Header], payloadHash: String, time: String
  ) -> String {
    let lines = headers.map { ($0.name.lowercased(), Self.trimmed($0.value)) }.sorted { Self.precedes($0.0, $1.0) }
    let names = lines.map(\.0).joined(separator: ";")
    let canonical = [
      method, path, Self.query(query), lines.map { $0.0 + ":" + $0.1 + "\n" }.joined(), names, payloadHash,
    ].joined(separator: "\n")
    let date = String(time.prefix(8))
    let scope = [date, region, service, "aws4_request"].joined(separator: "/")
    let text = ["AWS4-HMAC-SHA256", time, scope, Self.hash(Array(canonical.utf8))].joined(separator: "\n")
    var key = Array(("AWS4" + credentials.secret).utf8)
    for step in [date, region, service, "aws4_request", text] { key = Self.code(key, step) }
    return "AWS4-HMAC-SHA256 Credential=\(credentials.keyId)/\(scope), SignedHeaders=\(names), "
      + "Signature=\(Hexadecimal.text(key))"
  }

  private static func code(_ key: [UInt8], _ text: String) -> [UInt8] {
    guard let code = DigestAlgorithm.sha256.authenticationCode(key: key, Array(text.utf8)) else {
      fatalError("FATAL: libcrypto has no HMAC with SHA-256")
    }
    return code
  }

  /// Without blanks at its ends, and with one blank where there are several.
  private static func trimmed(_ value: String) -> String {
    value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
  }
}
