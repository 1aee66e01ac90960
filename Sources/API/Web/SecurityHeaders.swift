import HTTPTypes

/// What every answer tells a browser, whoever made it.
enum SecurityHeaders {
  static let referrerName = HTTPField.Name("Referrer-Policy")!
  /// Data are no page: whatever stands in them, a browser that shows them runs and loads nothing.
  static let dataPolicy = "default-src 'none'; frame-ancestors 'none'"
  static let referrerPolicy = "same-origin"

  /// Adds those that an answer does not say itself.
  static func add(to headers: inout HTTPFields) {
    if headers[.contentSecurityPolicy] == nil { headers[.contentSecurityPolicy] = dataPolicy }
    if headers[referrerName] == nil { headers[referrerName] = referrerPolicy }
    headers[.xContentTypeOptions] = "nosniff"
  }
}
