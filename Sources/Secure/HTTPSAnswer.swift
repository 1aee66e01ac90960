/// What came of a question.
public struct HTTPSAnswer: Sendable {
  public var status = 0
  public var headers: [(name: String, value: String)] = []
  public var body: [UInt8] = []

  public init(status: Int = 0, body: [UInt8] = []) {
    self.status = status
    self.body = body
  }

  /// The first header of that name.
  public func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }
}
