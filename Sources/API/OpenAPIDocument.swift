/// The interface's description in OpenAPI 3.1, as `/openapi.yaml` answers it. A test holds it against the routes.
enum OpenAPIDocument {
  /// Changes with the text.
  static let tag: String = {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return "\"\(String(hash, radix: 16))\""
  }()

  static let text = head + paths + components
}
