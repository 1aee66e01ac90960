import Protocols
import Sys
import Yams

/// Files that a configuration names and that are read as it is.
extension ConfigurationSection {
  func file(_ path: String) throws -> ConfigurationSection {
    try ConfigurationSection(try Self.root(path), file: path, name: "")
  }

  func entries(ofFile path: String, _ what: String) throws -> [ConfigurationSection] {
    guard case .sequence(let sequence) = try Self.root(path) else {
      throw failure(ofFile: path, "it must be a list of \(what)")
    }
    return try sequence.enumerated().map { index, node in
      try ConfigurationSection(node, file: path, name: "\(what)[\(index)]")
    }
  }

  func failure(ofFile path: String, _ cause: String) -> any Error { ConfigurationError(path, line: nil, cause) }

  private static func root(_ path: String) throws -> Node {
    let bytes: [UInt8]
    do {
      bytes = try File.readWhole(path)
    } catch {
      throw ConfigurationError(path, line: nil, "\(error)")
    }
    do {
      guard let root = try Yams.compose(yaml: String(decoding: bytes, as: UTF8.self)) else {
        throw ConfigurationError(path, line: nil, "it is empty")
      }
      return root
    } catch let error as ConfigurationError {
      throw error
    } catch {
      throw ConfigurationError(path, line: nil, "it is no YAML: \(error)")
    }
  }
}
