public import Primitives
internal import Sys

/// The devices and areas as two files had them: a snapshot that never changes. A reload makes another one, and while its
/// files are faulty the old one stays.
public final class DeviceRegistry: Sendable {
  /// The devices in the order of their file.
  public let devices: [Device]
  public let areas: AreaTree
  /// What readings can be.
  public let ranges: [ValueRange]
  /// What of the files was read: of the devices', of the areas'.
  public let columns: [RegistryColumns]
  private let indexByID: [String: Int]
  private let indexByAddress: AddressIndex
  private let indexByAlias: [DeviceAlias: Int]
  /// Ids in lower case, but for those that two devices share then.
  private let indexByFoldedID: [String: Int]
  /// Device URNs that lead to an id that is written otherwise.
  private let hasURNs: Bool

  /// Devices of which no id and no address is there twice.
  public init(
    devices: [Device], areas: AreaTree = .empty, ranges: [ValueRange] = [], columns: [RegistryColumns] = []
  ) {
    self.devices = devices
    self.columns = columns
    self.ranges = ranges
    self.areas = areas
    indexByID = Dictionary(devices.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    indexByAddress = AddressIndex(devices)
    let urns = devices.enumerated().compactMap { index, device in DeviceAlias.deviceURN(device.id).map { ($0, index) } }
    let aliases = devices.enumerated().flatMap { index, device in device.aliases.map { ($0, index) } }
    indexByAlias = Dictionary(aliases + urns, uniquingKeysWith: { first, _ in first })
    hasURNs = !urns.isEmpty || aliases.contains { $0.0.kind == .urn }
    let folded = Dictionary(
      devices.enumerated().map { ($1.id.lowercased(), $0) }, uniquingKeysWith: { _, _ in -1 })
    indexByFoldedID = folded.filter { $0.value >= 0 }
  }

  /// Knows nobody: what a node without registry files has.
  public static let empty = DeviceRegistry(devices: [])

  /// The device of this id.
  public func device(id: String) -> Device? { indexByID[id].map { devices[$0] } }

  /// Where in `devices` the device of this id is.
  public func deviceIndex(id: String) -> Int? { indexByID[id] }

  /// Where in `devices` the device is that a host's name means: an id without regard to case, or the id that is the first
  /// label of the host if `address` is no other device's.
  public func deviceIndex(host: String, from address: SourceAddress) -> Int? {
    if devices.isEmpty || host.isEmpty { return nil }
    if let whole = indexByID[host] ?? indexByFoldedID[host.lowercased()] { return whole }
    guard let point = host.firstIndex(of: "."), point > host.startIndex else { return nil }
    let label = String(host[..<point])
    guard let first = indexByID[label] ?? indexByFoldedID[label.lowercased()] else { return nil }
    let owner = deviceIndex(address: address)
    return owner == nil || owner == first ? first : nil
  }

  /// The id of the device that goes by a name from the wire: the id itself, or another way to write its device URN.
  public func id(of name: String) -> String? {
    if let index = indexByID[name] { return devices[index].id }
    if !hasURNs { return nil }
    return DeviceAlias.deviceURN(name).flatMap { indexByAlias[$0] }.map { devices[$0].id }
  }

  /// Whether two registries understand the same device URNs.
  public func hasSameURNs(as other: DeviceRegistry) -> Bool {
    if !hasURNs && !other.hasURNs { return true }
    func urns(_ registry: DeviceRegistry) -> [DeviceAlias: String] {
      registry.indexByAlias.filter { $0.key.kind == .urn }.mapValues { registry.devices[$0].id }
    }
    return urns(self) == urns(other)
  }

  /// Where in `devices` the device is that sends from this address, whatever the port. Allocates nothing.
  public func deviceIndex(address: SourceAddress) -> Int? { indexByAddress.device(at: address) }

  /// Whether any device goes by another name than its id and addresses.
  public var hasAliases: Bool { !indexByAlias.isEmpty }

  /// Where in `devices` the device is that goes by this other name.
  public func deviceIndex(alias: DeviceAlias) -> Int? {
    indexByAlias.isEmpty ? nil : indexByAlias[alias]
  }

  /// Where in `devices` the device is whose SNMP engine has this id.
  public func deviceIndex(engine: RawSpan) -> Int? {
    if indexByAlias.isEmpty { return nil }
    return indexByAlias[DeviceAlias(.engine, engine.withUnsafeBytes { Hexadecimal.text($0) })]
  }

  /// Reads both files' bytes; without `areas` there is no tree, and a device's area may be any. The names are for
  /// errors. Throws everything that is wrong at once.
  public static func load(
    devices: [UInt8], areas: [UInt8]? = nil, ranges: [UInt8]? = nil, devicesName: String = "devices.csv",
    areasName: String = "areas.csv", rangesName: String = "ranges.csv"
  ) throws(RegistryError) -> DeviceRegistry {
    var problems = RegistryError()
    var areaColumns = RegistryColumns()
    var deviceColumns = RegistryColumns()
    let tree = areas.map { AreaFile.read($0, file: areasName, columns: &areaColumns, problems: &problems) }
    // Against areas that are faulty themselves, each device in one would be a fault more.
    let isSound = problems.problems.isEmpty
    let list = DeviceFile.read(
      devices, file: devicesName, areas: isSound ? tree : nil, columns: &deviceColumns, problems: &problems)
    let bounds = ranges.map { RangeFile.read($0, file: rangesName, problems: &problems) }
    guard problems.problems.isEmpty else { throw problems }
    return DeviceRegistry(
      devices: list, areas: tree ?? .empty, ranges: bounds ?? [], columns: [deviceColumns, areaColumns])
  }

  /// Reads the files at these paths; without `devicesPath` there are areas only.
  public static func load(
    devicesPath: String?, areasPath: String?, rangesPath: String? = nil
  ) throws(RegistryError) -> DeviceRegistry {
    // Each file that cannot be read is a fault of its own.
    var faults = RegistryError()
    func read(_ path: String?) -> [UInt8]? {
      guard let path else { return nil }
      do throws(RegistryError) {
        return try readFile(path)
      } catch {
        faults.add(error)
        return nil
      }
    }
    let (devices, areas, ranges) = (read(devicesPath), read(areasPath), read(rangesPath))
    guard faults.problems.isEmpty else { throw faults }
    return try load(
      devices: devices ?? Array("id,class\n".utf8), areas: areas, ranges: ranges,
      devicesName: devicesPath ?? "devices.csv", areasName: areasPath ?? "areas.csv",
      rangesName: rangesPath ?? "ranges.csv")
  }

  private static func readFile(_ path: String) throws(RegistryError) -> [UInt8] {
    do {
      return try File.readWhole(path)
    } catch {
      throw RegistryError(file: path, cause: "\(error)")
    }
  }
}
