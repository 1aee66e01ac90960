public import Text

/// A request as it goes over the wire, signed.
public struct TransportRequest: Sendable {
  /// What is asked for (RFC 9110 section 9).
  public enum Method: String, Hashable, Sendable {
    case get = "GET"
    case head = "HEAD"
    case put = "PUT"
    case post = "POST"
    case delete = "DELETE"
  }

  public var method: Method
  /// Where, with path and query as they were signed.
  public var address: WebAddress
  /// All but the length; `Host` is among them.
  public var headers: [Header]
  public var body: [UInt8]
  /// How long all of it may take.
  public var timeoutNanos: Int64

  /// The first header of that name.
  public func header(_ name: String) -> String? { headers.first(name) }
}

/// A line of a request's or an answer's head.
public struct Header: Hashable, Sendable {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

extension [Header] {
  /// The first value of that name, whatever its case.
  func first(_ name: String) -> String? {
    let name = name.lowercased()
    return first { $0.name.lowercased() == name }?.value
  }
}

/// An answer's status and headers.
public struct TransportHead: Hashable, Sendable {
  public var status: Int
  public var headers: [Header]

  public init(status: Int, headers: [Header] = []) {
    self.status = status
    self.headers = headers
  }

  /// The first header of that name.
  public func header(_ name: String) -> String? { headers.first(name) }

  /// What it says of the body's length.
  public var contentLength: Int? { header("Content-Length").flatMap { Int($0) } }
}
