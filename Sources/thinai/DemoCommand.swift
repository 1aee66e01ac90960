import ArgumentParser
import Node
import Fleet
import Foundation
import Lagoon
import Primitives
import Protocols
import Registry
import Sys
import Telemetry
import Text

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Serves, sends what a fleet would, and checks the answer against what was sent.",
    discussion: "What tools/run starts. Every run keeps its rows in a directory of its own, data/demo/<time>.")

  @Option(help: "The configuration.") var config = "configs/demo.yaml"
  @Option(help: "How many devices of the registry take part.") var devices = 1_000
  @Option(help: "Ends after so many seconds and says whether all agrees; without it, runs until it is interrupted.")
  var seconds: Double?
  @Option(help: "The fleet's seed.") var seed: UInt64 = 1

  func run() async throws {
    let configuration = try ConfigurationLoading.load(config)
    let registry: DeviceRegistry
    do {
      registry = try RegistryLoader.load(configuration.registry)
    } catch {
      throw CommandFailure.misuse("\(error)")
    }
    let data = configuration.data + "/" + Self.stamp()
    let server = Process()
    server.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    if !CommandLine.arguments[0].contains("/") { server.executableURL = Bundle.main.executableURL }
    server.arguments = ["serve", "--config", config, "--data", data]
    do {
      try server.run()
    } catch {
      throw CommandFailure.failed("cannot start serve: \(error.localizedDescription)")
    }
    defer {
      if server.isRunning { server.terminate() }
      server.waitUntilExit()
    }
    let client = try ServerClient("http://\(configuration.httpListen)")
    guard await client.waitUntilReady(seconds: 60) else {
      throw CommandFailure.failed("cannot reach serve at \(client.base): it was not ready within 60 s")
    }
    Self.showAddresses(configuration, client, data)
    let sent = try await simulate(configuration, FleetDevice.fleet(of: registry, atMost: devices), client, data)
    if seconds != nil { try await check(sent, client) }
  }

  /// Sends in a thread of its own, with a line of progress each second, until the time is over.
  private func simulate(
    _ configuration: Configuration, _ fleet: [FleetDevice], _ client: ServerClient, _ data: String
  ) async throws -> FleetTally {
    var options = SimulationOptions(targets: try targets(configuration), devices: fleet)
    options.durationNanos = seconds.map { Int64($0 * 1e9) }
    options.fleet.seed = seed
    options.grouping = .total
    let progress = DemoProgress(client: client, data: data)
    let reporting = Task { await progress.report() }
    defer { reporting.cancel() }
    let fixed = options
    return try await withCheckedThrowingContinuation { continuation in
      do {
        _ = try SystemThread.start(name: "fleet") {
          do {
            continuation.resume(returning: try runSimulation(fixed))
          } catch {
            continuation.resume(throwing: CommandFailure.failed("\(error)"))
          }
        }
      } catch {
        continuation.resume(throwing: CommandFailure.failed("cannot start the fleet: \(error)"))
      }
    }
  }

  private func targets(_ configuration: Configuration) throws -> [SimulationTarget] {
    try configuration.listeners.map { listener in
      guard let transport = FleetTransport(rawValue: listener.telemetryProtocol.name) else {
        throw CommandFailure.misuse("cannot simulate \(listener.telemetryProtocol.name)")
      }
      let loopback = listener.address.isWildcard ? "127.0.0.1" : listener.address.address.addressText
      let host = loopback.contains(":") ? "[\(loopback)]" : loopback
      return try SimulationTarget(transport: transport, resolving: "\(host):\(listener.address.port)")
    }
  }

  /// Holds the server's account and one rollup against what was sent.
  private func check(_ sent: FleetTally, _ client: ServerClient) async throws {
    let total = sent.total
    var ledger = JSONValue.null
    for _ in 0..<100 {
      ledger = try await client.object("/v1/ledger")
      let account = ledger["total"] ?? .null
      if Self.number(account["rows"]) + Self.number(account["events"]) >= total.rows + total.events { break }
      try await Task.sleep(nanoseconds: 100_000_000)
    }
    Terminal.show("ledger:")
    Terminal.show(ledger.indented)
    let isBalanced = ledger["balanced"]?.boolean ?? false
    let agrees = try await DemoCheck(sent: sent, client: client).rollupAgrees()
    Terminal.show(
      "sent \(total.datagrams) datagrams, \(total.rows) rows, \(total.readings) readings, \(total.events) events")
    Terminal.show(
      "the ledger \(isBalanced ? "balances" : "does NOT balance"), the rollup \(agrees ? "agrees" : "does NOT agree") with what was sent"
    )
    if !isBalanced || !agrees { throw CommandFailure.failed("the demo's account does not agree") }
  }

  static func number(_ value: JSONValue?) -> Int { Int(value?.integer ?? 0) }

  private static func stamp() -> String {
    let now = RFC3339.text(Clock.realtimeNanos())
    return now.prefix(19).filter { $0 != "-" && $0 != ":" }.replacing("T", with: "-")
  }

  private static func showAddresses(_ configuration: Configuration, _ client: ServerClient, _ data: String) {
    for listener in configuration.listeners {
      Terminal.show("\(listener.telemetryProtocol.name) on \(listener.address)")
    }
    if configuration.page != .off { Terminal.show("the page: \(client.base)/") }
    Terminal.show("tables in \(LagoonNames.tables(in: data))")
    for path in ["/v1/rollups?measurement=weather&field=temperature&step=1m&group_by=area", "/v1/latest", "/v1/ledger"]
    {
      Terminal.show("\(client.base)\(path)")
    }
  }
}
