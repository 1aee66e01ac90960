import API
import Access
import ArgumentParser
import Intake
import Logging
import Node
import Pipeline
import Primitives
import Registry
import Secure
import Sys
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract:
      "Listens, stores and answers, until SIGTERM or SIGINT; SIGHUP reloads registry, tokens, rules, receivers, certificates."
  )

  @Option(help: "The configuration file; every key has a default.") var config: String?
  @Option(help: "The data directory, instead of the configuration's.") var data: String?

  func run() async throws {
    // Before all else: what is sent while the journal is being recovered waits here.
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
    ProcessFacts.ignoreBrokenPipes()
    var configuration = try ConfigurationLoading.load(config)
    if let data { configuration.data = data }
    configuration.takesLines = true
    LineLog.install(configuration.log)
    let log = Logger(label: "thinai.node")
    do {
      try await serve(configuration, signals, log)
    } catch var failure as CommandFailure {
      log.critical("\(failure.description)")
      failure.isSaid = true
      throw failure
    }
  }

  private func serve(_ configuration: Configuration, _ signals: UnixSignalsSequence, _ log: Logger) async throws {
    let registry: DeviceRegistry
    let control: AccessControl
    let issuer: IdentityIssuer?
    let tls: ServerTLS?
    let soc: SOCConnections?
    let page = try PagePlace.page(configuration, log)
    do {
      issuer = try configuration.identity?.issuer(log)
      control = AccessControl(tokens: try Self.tokens(configuration), issuer: issuer)
      registry = try RegistryLoader.load(configuration.registry)
      tls = try configuration.tlsFiles.map { try ServerTLS($0) }
      soc = try configuration.soc.map { try SOCConnections($0) }
      let faults = MailConnections.faults(of: configuration.alerts.mails)
      if !faults.isEmpty { throw CommandFailure.misuse(faults.joined(separator: "\n")) }
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw CommandFailure.misuse("\(error)")
    }
    let engine: Engine
    do {
      engine = try Engine(
        configuration, registry: registry, transport: nil, mail: MailConnections(), soc: soc
      ) { log.notice("\($0)") }
      try engine.open()
      try Self.checkDescriptors()
      engine.reportStart(version: Version.text, file: config, to: log)
      try engine.start(log: log)
    } catch let failure as CommandFailure {
      throw failure
    } catch let error as SystemError {
      throw CommandFailure.failed("cannot start: \(error)")
    } catch {
      throw CommandFailure.failed("\(error)")
    }
    let desk = RegistryDesk(configuration.registry) { engine.reload($0) }
    let server = APIServer(
      EngineReadModel(engine), listen: configuration.httpListen, control: control,
      writes: EngineWriteModel(engine, desk: desk), memoryBytes: configuration.httpMemoryBytes, tls: tls,
      page: page, origins: configuration.origins)
    do {
      let address = try await server.start()
      log.info("answers on \(tls == nil ? "http" : "https")://\(address)")
    } catch {
      _ = engine.stop()
      throw CommandFailure.failed(
        "cannot listen on \(configuration.httpListen): \(error)\(Self.holder(of: configuration.httpListen))")
    }
    let asking = Task { await issuer?.run() }
    await Self.wait(engine, desk, control, tls, signals, config, log)
    asking.cancel()
    await server.stop()
    if engine.stop() {
      log.notice("has stopped: everything is in the tables")
    } else {
      let why = engine.complaints.joined(separator: "; ")
      log.error("not all rows could be sealed: \(why); they are in the journal and are recovered at the next start")
    }
  }

  /// Waits for the end, reloading meanwhile.
  private static func wait(
    _ engine: Engine, _ desk: RegistryDesk, _ control: AccessControl, _ tls: ServerTLS?,
    _ signals: UnixSignalsSequence, _ file: String?, _ log: Logger
  ) async {
    for await signal in signals {
      if signal == .sighup {
        await reload(desk, log)
        renew(control, engine.configuration, log)
        reloadRules(engine, log)
        reloadReceivers(engine, file, log)
        tls?.renew(log)
      } else {
        log.notice("stops after \(signal): what was received is being committed and sealed")
        return
      }
    }
  }

  /// Reads the rules anew. Files with a fault change nothing.
  private static func reloadRules(_ engine: Engine, _ log: Logger) {
    guard let path = engine.configuration.alerts.path else { return }
    do {
      let rules = try Engine.rules(path)
      engine.reload(rules: rules)
      log.notice("reloaded \(rules.count) alert rules")
    } catch {
      log.error("the alert rules in force stay: \(error)")
    }
  }

  /// Reads anew who is told: `webhooks`, `alertmanager` and `mail` of the configuration, with their secrets. A fault changes
  /// nothing.
  private static func reloadReceivers(_ engine: Engine, _ file: String?, _ log: Logger) {
    guard file != nil else { return }
    do {
      let settings = try ConfigurationLoading.load(file).alerts
      let faults = MailConnections.faults(of: settings.mails)
      if !faults.isEmpty { throw CommandFailure.misuse(faults.joined(separator: "; ")) }
      try engine.reload(receivers: settings)
      let names = engine.receiverFacts.map(\.name).joined(separator: ", ")
      if !names.isEmpty { log.notice("reloaded the receivers of alerts: \(names)") }
    } catch {
      log.error("the receivers of alerts in force stay: \(error)")
    }
  }

  private static func tokens(_ configuration: Configuration) throws -> TokenBook? {
    try configuration.tokensFile.map { try TokenFiles.read($0, zone: configuration.zone) }
  }

  /// Reads the tokens anew. A file that cannot be read changes nothing: nobody is let in or kept out by a slip.
  private static func renew(_ control: AccessControl, _ configuration: Configuration, _ log: Logger) {
    do {
      guard let tokens = try tokens(configuration) else { return }
      control.replace(tokens)
      log.notice("reloaded \(tokens.count) tokens")
    } catch {
      log.error("\(error); the tokens in force stay")
    }
  }

  private static func reload(_ desk: RegistryDesk, _ log: Logger) async {
    do {
      var registry = try desk.reload()
      while registry == nil {
        // Somebody is putting another one in force: what they wrote is read behind it.
        try await Task.sleep(for: .milliseconds(20))
        registry = try desk.reload()
      }
      guard let registry else { return }
      log.notice("reloaded the registry: \(registry.devices.count) devices")
    } catch {
      log.error("\(error); the registry in force stays")
    }
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
}
