internal import Primitives

/// `id,class,name,area,domain,agency,latitude,longitude,addresses,interval,parent,contract`; `id` and `class` are required.
enum DeviceFile {
  static let columns = [
    "id", "class", "name", "area", "domain", "agency", "latitude", "longitude", "addresses", "interval",
    "parent", "contract",
  ]

  /// The devices of the file, in its order. With `areas`, a device's area has to be one of them.
  static func read(
    _ bytes: [UInt8], file: String, areas: AreaTree?, columns found: inout RegistryColumns,
    problems: inout RegistryError
  ) -> [Device] {
    var table = RegistryTable(
      bytes, file: file, known: columns, required: ["id", "class"], problems: &problems)
    found = RegistryColumns(file: file, read: table.found, passedOver: table.passedOver)
    var devices: [Device] = []
    var lineOfID: [String: Int] = [:]
    var lineOfAddress: [SourceAddress: Int] = [:]
    var lineOfAlias: [DeviceAlias: Int] = [:]
    while table.nextRow(&problems) {
      let line = table.line
      let id = table["id"]
      if let fault = RegistryValue.faultOfIdentifier(id, "id") {
        problems.add(file, line, fault)
        continue
      }
      if let first = lineOfID.updateValue(line, forKey: id) {
        problems.add(file, line, "device \(id) is in line \(first) already")
        continue
      }
      let device = readDevice(id, table, areas: areas, problems: &problems)
      for address in device.addresses {
        if let first = lineOfAddress.updateValue(line, forKey: address) {
          problems.add(file, line, "address \(address.addressText) belongs to the device in line \(first) already")
        }
      }
      for alias in device.aliases {
        if let first = lineOfAlias.updateValue(line, forKey: alias) {
          problems.add(
            file, line, "\(alias.kind.rawValue):\(alias.value) belongs to the device in line \(first) already")
        }
      }
      devices.append(device)
    }
    checkParents(devices, lineOfID, table.file, &problems)
    return devices
  }

  /// Parents are devices of the file, and nobody is their own forebear.
  private static func checkParents(
    _ devices: [Device], _ lineOfID: [String: Int], _ file: String, _ problems: inout RegistryError
  ) {
    var parents: [String: String] = [:]
    for device in devices where !device.parent.isEmpty {
      if lineOfID[device.parent] == nil {
        problems.add(file, lineOfID[device.id] ?? 0, "parent \(device.parent) is no device of the file")
      } else {
        parents[device.id] = device.parent
      }
    }
    // Each device's way up is gone once: what was reached before leads to an end.
    var ends: Set<String> = []
    for device in devices {
      var way: Set<String> = []
      var id: String? = device.id
      while let next = id, !ends.contains(next) {
        if !way.insert(next).inserted {
          problems.add(file, lineOfID[next] ?? 0, "device \(next) is among its own parents")
          break
        }
        id = parents[next]
      }
      ends.formUnion(way)
    }
  }

  private static func readDevice(
    _ id: String, _ table: RegistryTable, areas: AreaTree?, problems: inout RegistryError
  ) -> Device {
    var device = Device(
      id: id, deviceClass: table["class"].lowercased(), name: table["name"], area: table["area"],
      domain: table["domain"], agency: table["agency"])
    (device.parent, device.contract) = (table["parent"], table["contract"])
    if !Device.classes.contains(device.deviceClass) {
      let given = table["class"]
      let near = NearestWord.question(given, among: Device.classes)
      let all = Device.classes.joined(separator: ", ")
      problems.add(
        table.file, table.line, given.isEmpty ? "class is missing" : "class \(given) is none of \(all)\(near)")
    }
    if let areas, !device.area.isEmpty, !areas.knows(device.area) {
      problems.add(table.file, table.line, "area \(device.area) is not in the areas file")
    }
    device.latitude = coordinate("latitude", 90, table, &problems)
    device.longitude = coordinate("longitude", 180, table, &problems)
    if table["latitude"].isEmpty != table["longitude"].isEmpty {
      problems.add(table.file, table.line, "latitude and longitude go together")
    }
    switch RegistryValue.addresses(table["addresses"]) {
    case .success(let found):
      device.addresses = found.addresses
      device.aliases = found.aliases
    case .failure(let fault):
      problems.add(table.file, table.line, "\(fault.text) is no IPv4 or IPv6 address")
    }
    let interval = table["interval"]
    if !interval.isEmpty {
      device.intervalSeconds = RegistryValue.interval(interval)
      if device.intervalSeconds == nil {
        problems.add(table.file, table.line, "interval \(interval) is no time such as 60, 60s, 5m or 1h, nor none")
      }
    }
    return device
  }

  private static func coordinate(
    _ name: String, _ bound: Double, _ table: RegistryTable, _ problems: inout RegistryError
  ) -> Double? {
    let text = table[name]
    if text.isEmpty { return nil }
    guard let value = RegistryValue.decimal(text), value.magnitude <= bound else {
      problems.add(table.file, table.line, "\(name) \(text) is no number from -\(Int(bound)) to \(Int(bound))")
      return nil
    }
    return value
  }
}
