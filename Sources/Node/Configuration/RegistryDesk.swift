import Primitives
public import Registry
import Synchronization
import Sys

/// Changes the registry while the node runs: its files are replaced whole, or read anew as they are. One change at a time.
public final class RegistryDesk: Sendable {
  private let files: Configuration.RegistryFiles
  private let isTaken = Mutex(false)
  private let takeInForce: @Sendable (DeviceRegistry) -> Void

  /// - Parameter takeInForce: puts a registry in force.
  public init(_ files: Configuration.RegistryFiles, takeInForce: @escaping @Sendable (DeviceRegistry) -> Void) {
    self.files = files
    self.takeInForce = takeInForce
  }

  /// Reads the files as they are, and puts what they say in force.
  ///
  /// - Returns: the registry, or nil if another change is under way.
  public func reload() throws -> DeviceRegistry? {
    guard enter() else { return nil }
    defer { leave() }
    let registry = try RegistryLoader.load(files)
    takeInForce(registry)
    return registry
  }

  /// Replaces a file and puts what it says in force; what changes with it.
  ///
  /// - Parameters:
  ///   - bytes: the file's whole content. If it makes no registry together with the other files nothing is changed.
  ///   - isTrial: tells what would change, and changes nothing.
  ///   - isAddition: the bytes are rows that come behind those of the file.
  public func replace(
    _ kind: RegistryFileKind, by bytes: [UInt8], isTrial: Bool, isAddition: Bool = false, listed: Int
  ) throws(RegistryRefusal) -> RegistryDifference {
    guard let path = path(of: kind) else { throw .notConfigured(key: "registry.\(kind.rawValue)") }
    guard enter() else { throw .busy }
    defer { leave() }
    let bytes = isAddition ? try RegistryAddition.file(Self.content(path), with: bytes) : bytes
    guard bytes.count <= Limits.registryFileBytes else {
      throw .unusable("cannot write registry \(path): it would have more than \(Limits.registryFileBytes) octets")
    }
    let registry = try registry(with: kind, bytes)
    let difference = RegistryDifference(kind, from: try? File.readWhole(path), to: bytes, listed: listed)
    if isTrial { return difference }
    do {
      try ReplacedFile.put(bytes, at: path)
    } catch {
      throw .failed("cannot write registry \(path): \(error)")
    }
    takeInForce(registry)
    return difference
  }

  private func path(of kind: RegistryFileKind) -> String? {
    switch kind {
    case .devices: files.devices
    case .areas: files.areas
    case .ranges: files.ranges
    }
  }

  private static func content(_ path: String) throws(RegistryRefusal) -> [UInt8] {
    do {
      return try File.readWhole(path)
    } catch {
      throw .unusable("cannot read registry \(path): \(error)")
    }
  }

  /// What the files would say with another content of one of them.
  private func registry(with kind: RegistryFileKind, _ bytes: [UInt8]) throws(RegistryRefusal) -> DeviceRegistry {
    func content(_ other: RegistryFileKind) throws(RegistryRefusal) -> [UInt8]? {
      if other == kind { return bytes }
      guard let path = path(of: other) else { return nil }
      return try Self.content(path)
    }
    let (devices, areas, ranges) = (try content(.devices), try content(.areas), try content(.ranges))
    do {
      return try DeviceRegistry.load(
        devices: devices ?? Array("id,class\n".utf8), areas: areas, ranges: ranges,
        devicesName: files.devices ?? "devices.csv", areasName: files.areas ?? "areas.csv",
        rangesName: files.ranges ?? "ranges.csv")
    } catch {
      throw .unusable("\(error)")
    }
  }

  private func enter() -> Bool {
    isTaken.withLock { isTaken in
      if isTaken { return false }
      isTaken = true
      return true
    }
  }

  private func leave() { isTaken.withLock { $0 = false } }
}
