/// The interface's description in OpenAPI 3.1, as `/openapi.yaml` answers it. A test holds it against the routes.
enum OpenAPIDocument {
  static let text = head + paths + components
}
