/// What carries alerts to receivers: HTTP, or what a test puts in its place.
package protocol WebhookTransport: Sendable {
  /// Sends it once and waits for the answer. nil if the receiver took it, else why not.
  ///
  /// - Parameter isStopping: asked while it waits; once it says so, there is no more waiting.
  func post(_ post: WebhookPost, isStopping: @escaping @Sendable () -> Bool) -> String?

  /// Sends it once, and gives what was answered.
  func ask(_ request: WebhookPost, isStopping: @escaping @Sendable () -> Bool) -> WebhookAnswer

  /// Lets go of its connections.
  func close()
}

extension WebhookTransport {
  package func ask(_ request: WebhookPost, isStopping: @escaping @Sendable () -> Bool) -> WebhookAnswer {
    post(request, isStopping: isStopping).map { .failed($0) } ?? .answered(status: 200, body: [])
  }
}

/// One request to a receiver.
package struct WebhookPost: Sendable {
  package var method = "POST"
  package var url: String
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]
}

/// What a receiver said.
package enum WebhookAnswer: Sendable {
  case answered(status: Int, body: [UInt8])
  /// It said nothing, or could not be asked.
  case failed(String)
}
