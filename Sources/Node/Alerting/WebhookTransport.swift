/// What carries alerts to receivers: HTTP, or what a test puts in its place.
package protocol WebhookTransport: Sendable {
  /// Sends it once and waits for the answer. nil if the receiver took it, else why not.
  ///
  /// - Parameter isStopping: asked while it waits; once it says so, there is no more waiting.
  func post(_ post: WebhookPost, isStopping: @Sendable () -> Bool) -> String?

  /// Lets go of its connections.
  func close()
}

/// One request to a receiver.
package struct WebhookPost: Sendable {
  package var url: String
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]
}
