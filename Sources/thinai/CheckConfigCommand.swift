import ArgumentParser
import Engine
import Intake
import Registry
import Telemetry

struct CheckConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-config", abstract: "Reads a configuration and its registry, and says what is wrong with it.")

  @Argument(help: "The configuration file.") var file: String

  func run() throws {
    let configuration = try ConfigurationLoading.load(file)
    do {
      let registry = try RegistryLoader.load(configuration.registry)
      let listeners = configuration.listeners.map { "\($0.telemetryProtocol.rawValue) on \($0.place)" }
      print("\(file): good; \(listeners.joined(separator: ", ")); \(registry.devices.count) devices")
    } catch {
      throw CommandFailure.misuse("\(error)")
    }
  }
}
