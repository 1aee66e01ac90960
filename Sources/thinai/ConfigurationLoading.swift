import Node
import Sys

/// Reads the configuration that a command was given.
enum ConfigurationLoading {
  /// As `load`, but reads as much as can be read, and gives all that cannot be.
  static func examine(_ path: String?) throws -> (configuration: Configuration, faults: [String]) {
    guard let path else { return (try load(nil), []) }
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try File.readWhole(path)
    } catch {
      throw CommandFailure.misuse("cannot read configuration \(path): \(error)")
    }
    let found = ConfigurationReader.examine(String(decoding: bytes, as: UTF8.self), file: path)
    return (found.configuration, found.faults.map(\.description))
  }

  /// The defaults without a file. Exit code 2 with the file, the line and the cause if it cannot be used.
  static func load(_ path: String?) throws -> Configuration {
    guard let path else {
      do {
        return try ConfigurationReader.defaults()
      } catch {
        throw CommandFailure.misuse("\(error)")
      }
    }
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try File.readWhole(path)
    } catch {
      throw CommandFailure.misuse("cannot read configuration \(path): \(error)")
    }
    do {
      return try ConfigurationReader.read(String(decoding: bytes, as: UTF8.self), file: path)
    } catch {
      throw CommandFailure.misuse("\(error)")
    }
  }
}
