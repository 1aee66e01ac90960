import HummingbirdCore
import Logging
import NIOCore
import Secure

/// What a new connection gets: HTTP/1.1, behind TLS where there is any. All that watches over connections stands behind
/// TLS and holds for both.
struct HTTPDoor: ServerChildChannel {
  let http: HTTP1Channel
  let tls: ServerTLS?

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
    guard let tls else { return http.setup(channel: channel, logger: logger) }
    return channel.eventLoop.makeCompletedFuture { try tls.secure(channel.pipeline.syncOperations) }
      .flatMap { http.setup(channel: channel, logger: logger) }
  }

  func handle(value: HTTP1Channel.Value, logger: Logger) async {
    await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
      await http.handle(value: value, logger: logger)
    }
  }
}
