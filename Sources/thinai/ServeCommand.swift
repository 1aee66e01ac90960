import API
import ArgumentParser
import Intake
import Node
import Pipeline
import Primitives
import Protocols
import Registry
import Sys

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Listens, stores and answers, until SIGTERM or SIGINT; SIGHUP reloads the registry."
  )

  @Option(help: "The configuration file; every key has a default.") var config: String?
  @Option(help: "The data directory, instead of the configuration's.") var data: String?

  private static let signalWaitNanos = 500 * Nanos.perMillisecond

  /// Blocks the signals when it is first asked for: by `Entry`, before there is any other thread.
  static let signals = Result { try ProcessSignals() }

  func run() async throws {
    let signals = try Self.signals.get()
    ProcessSignals.ignoreBrokenPipes()
    var configuration = try ConfigurationLoading.load(config)
    if let data { configuration.data = data }
    let registry: DeviceRegistry
    do {
      registry = try RegistryLoader.load(configuration.registry)
    } catch {
      throw CommandFailure.misuse("\(error)")
    }
    let received: AsyncStream<ProcessSignals.Received?>
    do {
      received = try Self.listen(to: signals)
    } catch {
      throw CommandFailure.failed("cannot start a thread that waits for signals: \(error)")
    }
    let engine: Engine
    let model: EngineReadModel
    do {
      engine = try Engine(configuration, registry: registry)
      try Self.checkDescriptors()
      model = try EngineReadModel(engine)
      Self.report(engine)
      try engine.start()
    } catch {
      throw CommandFailure.failed("\(error)")
    }
    let server = APIServer(model, listen: configuration.httpListen, memoryBytes: configuration.httpMemoryBytes)
    let address: String
    do {
      address = try await server.start()
    } catch {
      _ = engine.stop()
      throw CommandFailure.failed(
        "cannot listen on \(configuration.httpListen): \(error)\(Self.holder(of: configuration.httpListen))")
    }
    Terminal.say("answers on http://\(address)")
    await Self.serve(engine, model, received)
    Terminal.say("stops: what was received is being committed and sealed")
    await server.stop()
    if !engine.stop() {
      let why = engine.complaints.joined(separator: "; ")
      Terminal.say("not all rows could be sealed: \(why); they stand in the journal and are taken at the next start")
    }
  }

  /// Each signal as it comes, and nil where none came for a while. One thread waits for all: where there is none the
  /// process does not start, rather than hear of nothing later.
  private static func listen(to signals: ProcessSignals) throws -> AsyncStream<ProcessSignals.Received?> {
    let (received, feed) = AsyncStream<ProcessSignals.Received?>.makeStream()
    _ = try SystemThread.start(name: "signals") {
      while true { feed.yield(signals.wait(timeoutNanos: signalWaitNanos)) }
    }
    return received
  }

  /// What is opened as the node runs has to find descriptors: the journal, parts, connections.
  private static func checkDescriptors() throws {
    guard let limit = Descriptors.limit, let open = Descriptors.openCount else { return }
    if limit - open >= Limits.reservedDescriptors + ConnectionRoom.least { return }
    throw CommandFailure.failed(
      "cannot start with \(limit) open files: \(open) are open, and \(Limits.reservedDescriptors + ConnectionRoom.least)"
        + " more are needed for the journal, the tables and HTTP (ulimit -n, LimitNOFILE)")
  }

  /// What has to be left for HTTP: its threads' and some connections.
  private enum ConnectionRoom {
    static let least = 32
  }

  /// Who listens on an address already, as far as this process may know; empty if nobody does.
  private static func holder(of address: String) -> String {
    guard let colon = address.lastIndex(of: ":"), let port = UInt16(address[address.index(after: colon)...]),
      let holder = PortHolder.ofTCP(port: port)
    else { return "" }
    return " (port \(port) is held by \(holder))"
  }

  /// Waits for the end, reloading meanwhile.
  private static func serve(
    _ engine: Engine, _ model: EngineReadModel, _ received: AsyncStream<ProcessSignals.Received?>
  ) async {
    var said: [String] = []
    var refusals = RefusalLines()
    for await signal in received {
      for line in refusals.lines(of: engine.refusalsByName, at: Clock.monotonicNanos()) { Terminal.say(line) }
      let complaints = model.complaints + engine.warnings
      for complaint in complaints where !said.contains(where: { $0.isSameComplaint(as: complaint) }) {
        Terminal.say(complaint)
      }
      said = complaints
      switch signal {
      case .hangUp: reload(engine)
      case .terminate, .interrupt: return
      case nil: continue
      }
    }
  }

  private static func reload(_ engine: Engine) {
    do {
      let registry = try RegistryLoader.load(engine.configuration.registry)
      engine.reload(registry)
      Terminal.say("reloaded the registry: \(registry.devices.count) devices")
    } catch {
      Terminal.say("\(error); the registry in force stays")
    }
  }

  /// What is worth knowing at start, once.
  private static func report(_ engine: Engine) {
    let recovery = engine.pipeline.recovery
    if recovery.segments > 0 {
      Terminal.say(
        "recovered \(recovery.rows) rows from \(recovery.segments) journal segments"
          + " (\(recovery.duplicates) doubled, \(recovery.tornTailBytes) bytes of torn tails cut,"
          + " \(recovery.damagedBytes) damaged bytes set aside)")
    }
    for file in recovery.quarantineFiles { Terminal.say("set aside damaged bytes in \(file)") }
    for segment in recovery.unreadable { Terminal.say("cannot read journal \(segment); it stays where it is") }
    var wanted = 0
    for listener in engine.configuration.listeners {
      if listener.capture != nil {
        Terminal.say("captures on \(listener.place) for \(listener.name)")
      } else if listener.ports != nil {
        Terminal.say("listens on \(listener.place) for \(listener.name)")
      }
    }
    for grant in engine.pipeline.grants {
      // The ports of a range were told as one.
      let isOfRange = engine.configuration.listeners.contains { $0.name == grant.listener && $0.ports != nil }
      if !isOfRange { Terminal.say("listens on \(grant.address) for \(grant.listener)") }
      if grant.grantedBytes < grant.wantedBytes { wanted = max(wanted, grant.wantedBytes) }
    }
    if wanted > 0 {
      Terminal.say(
        "the kernel grants smaller receive buffers than asked for; bursts may be dropped (and counted):"
          + " sysctl -w net.core.rmem_max=\(wanted) lifts the limit")
    }
  }
}

extension String {
  /// Whether it says the same but for its numbers: a count that rises is not said again and again.
  fileprivate func isSameComplaint(as other: String) -> Bool {
    self == other || filter { !$0.isNumber } == other.filter { !$0.isNumber }
  }
}
