import HTTPTypes

/// The cookie of a page's session (RFC 6265).
enum SessionCookie {
  static let name = "thinai_session"

  /// What a request's cookie holds; nil if it has none.
  static func secret(in headers: HTTPFields) -> String? {
    for field in headers[values: .cookie] {
      for pair in field.split(separator: ";") {
        let parts = pair.split(separator: "=", maxSplits: 1)
        if parts.count == 2, parts[0].drop(while: { $0 == " " }) == name { return String(parts[1]) }
      }
    }
    return nil
  }

  /// The header that sets it; that takes it away where there is no secret.
  static func header(_ secret: String?, isSecure: Bool) -> String {
    var text = "\(name)=\(secret ?? ""); Path=/; HttpOnly; SameSite=Strict"
    if isSecure { text += "; Secure" }
    return secret == nil ? text + "; Max-Age=0" : text
  }
}
