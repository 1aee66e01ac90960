import COpenAPI

/// The interface's description in OpenAPI 3.1, as `/openapi.yaml` answers it: `Sources/API/openapi.yaml`, which the build
/// puts into the program. A test holds it against the routes.
enum OpenAPIDocument {
  /// `unsafe` is sound here: the pointer is to constant memory of the program, as long as the count says.
  static let bytes = Array(UnsafeBufferPointer(start: copenapi_bytes(), count: copenapi_byte_count()))

  static var text: String { String(decoding: bytes, as: UTF8.self) }
}
