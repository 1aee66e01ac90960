import Hummingbird
import Lagoon
import NIOPosix
import Primitives

/// One answer of the stream: takes a client from where it stood to the present, and then along.
final class StreamSession: Sendable {
  private let hub: StreamHub
  private let subscriber: StreamSubscriber
  /// Where the client stood; nil for the present.
  private let start: StreamPosition?
  /// Whether the client is still there.
  private let probe: QuestionProbe

  /// Items written at once.
  private static let writtenItems = 256

  /// - Throws: `APIProblem` if there are too many.
  init(
    _ hub: StreamHub, _ subscriber: StreamSubscriber, after start: StreamPosition?, probe: QuestionProbe = .never
  ) throws(APIProblem) {
    // First: an object that is whole when this throws would be freed, and give back what it never had.
    try hub.takeSlot()
    self.hub = hub
    self.subscriber = subscriber
    self.start = start
    self.probe = probe
  }

  deinit { hub.giveSlotBack() }

  /// Writes the stream until it ends.
  func write(to writer: inout any ResponseBodyWriter) async throws {
    if hub.enter(subscriber) {
      defer { hub.leave(subscriber) }
      do {
        try await catchUp(&writer)
        try await subscriber.drain(to: &writer)
      } catch let problem as APIProblem {
        var text = StreamText()
        text.append(problem)
        try await write(&text, to: &writer)
      }
    }
    try await writer.finish(nil)
  }

  /// Page by page, each asked for when the one before was taken, until there is nothing left before the present.
  private func catchUp(_ writer: inout any ResponseBodyWriter) async throws {
    var live = try await hub.threads.runIfActive { [hub] in hub.liveVersion() }
    var position = start ?? .version(live)
    var text = StreamText()
    text.append(standing: position, isFirst: true)
    try await write(&text, to: &writer)
    // How far the next page may reach: at first as far as there is something, then by what a page could hold.
    var reach = Int64.max
    var missing: [MissingTable] = []
    while !hub.isStopped {
      if position.version >= live {
        if hub.join(subscriber, at: live) { return }
      } else {
        let (place, target) = (position, reach < live - position.version ? position.version + reach : live)
        let told = try await hub.threads.runIfActive { [self] in try page(after: place, to: target) }
        if !told.missing.isEmpty && told.missing != missing {
          missing = told.missing
          var text = StreamText()
          text.append(missing: missing)
          try await write(&text, to: &writer)
        }
        try await write(told.items, to: &writer)
        let (reached, overflow) = (told.end - place.version).multipliedReportingOverflow(by: 4)
        reach = overflow ? .max : reached
        position = .version(told.end)
        var text = StreamText()
        text.append(standing: position)
        try await write(&text, to: &writer)
      }
      live = try await hub.threads.runIfActive { [hub] in hub.liveVersion() }
    }
  }

  private func page(after position: StreamPosition, to live: Int64) throws -> StreamSource.Found {
    let source = StreamSource(
      model: hub.model, kinds: subscriber.filter.kinds, mostItems: Limits.streamPageItems, probe: probe)
    var found: StreamSource.Found
    do {
      found = try source.items(from: position.version, to: live)
    } catch QueryError.abandoned {
      throw QueryError.abandoned
    } catch {
      throw hub.problem(of: error)
    }
    let directory = hub.directories.directory(of: hub.model)
    found.items.removeAll { !$0.isBehind(position) || !subscriber.filter.takes($0, directory: directory) }
    return found
  }

  /// As text only a little at a time: a client may take long.
  private func write(_ items: [StreamItem], to writer: inout any ResponseBodyWriter) async throws {
    for start in stride(from: 0, to: items.count, by: Self.writtenItems) {
      var text = StreamText()
      for item in items[start...].prefix(Self.writtenItems) { text.append(item) }
      try await write(&text, to: &writer)
    }
  }

  private func write(_ text: inout StreamText, to writer: inout any ResponseBodyWriter) async throws {
    text.close()
    for chunk in text.chunks { try await subscriber.write(chunk, to: &writer) }
  }
}
