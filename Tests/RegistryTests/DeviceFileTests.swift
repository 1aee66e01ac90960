import Primitives
import Testing

@testable import Registry

@Suite struct DeviceFileTests {
  private func load(_ text: String, areas: String? = nil) throws -> DeviceRegistry {
    try DeviceRegistry.load(devices: Array(text.utf8), areas: areas.map { Array($0.utf8) })
  }

  private func problems(_ text: String, areas: String? = nil) -> [String] {
    do {
      _ = try DeviceRegistry.load(devices: Array(text.utf8), areas: areas.map { Array($0.utf8) })
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }

  static let header = "id,class,name,area,domain,agency,latitude,longitude,addresses,interval\n"

  @Test func parentsAreDevicesOfTheFileAndMakeNoCircle() throws {
    func faults(_ rows: String) -> String { problems("id,class,parent,contract\n" + rows).joined(separator: "\n") }
    let rows = "id,class,parent,contract\na,camera,b,hd-01\nb,gateway,c,\nc,bts,,\n"
    let device = try load(rows).device(id: "a")
    #expect(device?.parent == "b" && device?.contract == "hd-01")
    #expect(faults("a,camera,z,\n").contains("parent z is no device of the file"))
    #expect(faults("a,camera,a,\n").contains("device a is among its own parents"))
    let circle = faults("a,camera,b,\nb,gateway,c,\nc,bts,b,\n")
    #expect(circle.hasSuffix("line 3: device b is among its own parents") && !circle.contains("\n"))
  }

  @Test func everyColumn() throws {
    let registry = try load(
      Self.header
        + "cam-1,camera,Ngã năm,21583,traffic,Sở Xây dựng,13.77,109.22,10.0.0.1 2001:db8::1,60\n"
        + "sen-1,sensor,,,,,,,,\n")
    let camera = Device(
      id: "cam-1", deviceClass: "camera", name: "Ngã năm", area: "21583", domain: "traffic", agency: "Sở Xây dựng",
      latitude: 13.77, longitude: 109.22,
      addresses: [
        try #require(SourceAddress(addressText: "10.0.0.1")), try #require(SourceAddress(addressText: "2001:db8::1")),
      ],
      intervalSeconds: 60)
    #expect(registry.devices == [camera, Device(id: "sen-1", deviceClass: "sensor")])
    #expect(registry.device(id: "cam-1") == camera)
    #expect(registry.deviceIndex(id: "sen-1") == 1)
    #expect(registry.device(id: "cam-2") == nil)
  }

  @Test func asASpreadsheetExportsIt() throws {
    let registry = try load(
      "\u{FEFF}Class;ID;Ghi chú;Name;Longitude;Latitude;Interval\r\n"
        + "GATEWAY; gw-1 ;bỏ qua;\"Trạm \"\"Thị Nại\"\"\r\ntầng 2\";109,2543;13,7829;5m\r\n"
        + ";;;;;;\r\n\r\n;;\r\n")
    #expect(
      registry.devices == [
        Device(
          id: "gw-1", deviceClass: "gateway", name: "Trạm \"Thị Nại\"\r\ntầng 2", latitude: 13.7829,
          longitude: 109.2543, intervalSeconds: 300)
      ])
  }

  @Test func addressesInEveryWriting() throws {
    let registry = try load(
      "id,class,addresses\na,bts,10.0.0.1;10.0.0.2|10.0.0.3/32 fd00::1/128\nb,bts,::ffff:10.0.0.4\nc,bts,\"10.0.0.5, 10.0.0.5\"\n"
    )
    #expect(registry.devices.map(\.addresses.count) == [4, 1, 1])
    for (text, index) in [("10.0.0.1", 0), ("10.0.0.3", 0), ("fd00::1", 0), ("10.0.0.4", 1), ("10.0.0.5", 2)] {
      var address = try #require(SourceAddress(addressText: text))
      #expect(registry.deviceIndex(address: address) == index)
      address.port = 5_514
      address.scope = 3
      #expect(registry.deviceIndex(address: address) == index)
    }
    #expect(registry.deviceIndex(address: SourceAddress(ipv4: 0x0A00_0009, port: 1)) == nil)
    #expect(DeviceRegistry.empty.deviceIndex(address: SourceAddress(ipv4: 1, port: 1)) == nil)
  }

  @Test func manyAddresses() throws {
    let devices = (0..<5_000).map { index in
      Device(
        id: "d\(index)", deviceClass: "sensor",
        addresses: [
          SourceAddress(ipv4: 0x0A00_0000 + UInt32(index), port: 0),
          SourceAddress(high: 0xFD << 56, low: UInt64(index), port: 0),
        ])
    }
    let registry = DeviceRegistry(devices: devices)
    for index in 0..<5_000 {
      #expect(registry.deviceIndex(address: SourceAddress(ipv4: 0x0A00_0000 + UInt32(index), port: 9)) == index)
      #expect(registry.deviceIndex(address: SourceAddress(high: 0xFD << 56, low: UInt64(index), port: 9)) == index)
    }
    #expect(registry.deviceIndex(address: SourceAddress(ipv4: 0x0A00_0000 + 5_000, port: 9)) == nil)
  }

  @Test(
    arguments: [
      ("60", 60), ("60s", 60), ("500ms", 0.5), ("5m", 300), ("1h", 3_600), ("1.5 h", 5_400), ("\"0,5\"", 0.5),
      ("1D", 86_400),
    ] as [(String, Double)])
  func intervals(text: String, seconds: Double) throws {
    #expect(try load("id,class,interval\na,bts,\(text)\n").devices[0].intervalSeconds == seconds)
  }

  @Test func faultsAreToldWithTheirLine() {
    let text =
      Self.header
      + "a,camara,,,,,,,,\n"  // 2
      + ",camera,,,,,,,,\n"  // 3
      + "b,camera,,,,,91,10,,\n"  // 4
      + "b2,camera,,,,,10,,,\n"  // 5
      + "c,camera,,,,,ten,10,,\n"  // 6
      + "d,camera,,,,,,,10.0.0.256,\n"  // 7
      + "e,camera,,,,,,,10.0.0.0/24,\n"  // 8
      + "f,camera,,,,,,,,soon\n"  // 9
      + "g,camera,,,,,,,,0\n"  // 10
      + "h,camera,,,,,,,10.0.0.1,\n"  // 11
      + "h,camera,,,,,,,,\n"  // 12
      + "i,,,,,,,,10.0.0.1,\n"  // 13
      + "j,camera,,,,,,,,,more\n"  // 14
      + "\"k\"x,camera\n"  // 15
      + "l,camera,,,,,nan,0x10,,\n"  // 16
      + "\"m\nopen,camera\n"  // 17
    let expected: [(Int, String)] = [
      (2, "class camara is none of camera, bts, sensor, gateway; did you mean camera?"), (3, "id is missing"),
      (4, "latitude 91 is no number from -90 to 90"), (5, "latitude and longitude go together"),
      (6, "latitude ten is no number from -90 to 90"), (7, "10.0.0.256 is no IPv4 or IPv6 address"),
      (8, "10.0.0.0/24 is no IPv4 or IPv6 address"),
      (9, "interval soon is no time such as 60, 60s, 5m or 1h, nor none"),
      (10, "interval 0 is no time such as 60, 60s, 5m or 1h, nor none"), (12, "device h is in line 11 already"),
      (13, "class is missing"), (13, "address 10.0.0.1 belongs to the device in line 11 already"),
      (14, "it has 11 values, the header names 10 columns"), (15, "text stands behind a closing quote"),
      (16, "latitude nan is no number from -90 to 90"), (16, "longitude 0x10 is no number from -180 to 180"),
      (17, "a quoted value is not closed"),
    ]
    #expect(problems(text) == expected.map { "cannot read registry devices.csv line \($0.0): \($0.1)" })
  }

  @Test func headersThatCannotBe() {
    #expect(problems("") == ["cannot read registry devices.csv: it has no header row"])
    #expect(problems("name;class\n1;2\n") == ["cannot read registry devices.csv line 1: there is no column id"])
    #expect(problems("id,class,id\n") == ["cannot read registry devices.csv line 1: column id is there twice"])
    let wide: [UInt8] = [0xFF, 0xFE, 0x69, 0, 0x64, 0]
    #expect(throws: RegistryError.self) { _ = try DeviceRegistry.load(devices: wide) }
  }

  @Test func textInAnotherEncoding() {
    let bytes = Array("id,class,name\na,bts,".utf8) + [0xD0, 0xF4, 0x0A]
    #expect(throws: RegistryError.self) { _ = try DeviceRegistry.load(devices: bytes) }
  }

  @Test func manyFaultsAreCounted() {
    let text = "id,class\n" + (0..<50).map { "d\($0),robot\n" }.joined()
    do {
      _ = try load(text)
      Issue.record("a faulty file was taken")
    } catch let error as RegistryError {
      #expect(error.problems.count == 20)
      #expect(error.omitted == 30)
      #expect(error.description.hasSuffix("\nand 30 more"))
    } catch {
      Issue.record(error)
    }
  }

  @Test func areasThatAreNowhere() throws {
    let devices = "id,class,area\na,bts,01\nb,bts,\nc,bts,1\n"
    #expect(
      problems(devices, areas: "code\n01\n") == [
        "cannot read registry devices.csv line 4: area 1 is not in the areas file"
      ])
    #expect(try load(devices).devices[0].area == "01")
  }

  @Test func filesThatAreNotThere() {
    #expect(throws: RegistryError.self) {
      _ = try DeviceRegistry.load(devicesPath: "/nonexistent/devices.csv", areasPath: nil)
    }
  }

  @Test func devicesThatSendEventsAlone() throws {
    let registry = try load("id,class,interval\na,bts,none\nb,bts,None\nc,bts,60\n")
    #expect(registry.devices.map(\.intervalSeconds) == [.infinity, .infinity, 60])
  }

  @Test func hostsWithoutRegardToCaseAndByTheirFirstLabel() throws {
    let registry = try load("id,class,addresses\nGate-1,bts,10.0.0.1\nmast,bts,10.0.0.2\ntwin,bts,\nTWIN,bts,\n")
    let stranger = try #require(SourceAddress(addressText: "10.9.9.9"))
    let mast = try #require(SourceAddress(addressText: "10.0.0.2"))
    #expect(registry.deviceIndex(host: "gate-1", from: stranger) == 0)
    #expect(registry.deviceIndex(host: "GATE-1.qn.example", from: stranger) == 0)
    #expect(registry.deviceIndex(host: "gate-1.qn.example", from: mast) == nil)
    #expect(registry.deviceIndex(host: "mast.qn.example", from: mast) == 1)
    #expect(registry.deviceIndex(host: "twin", from: stranger) == 2)
    #expect(registry.deviceIndex(host: "Twin", from: stranger) == nil)
    #expect(registry.deviceIndex(host: ".mast", from: stranger) == nil)
  }

  @Test func deviceURNsInEveryWriting() throws {
    let registry = try load("id,class,addresses\nurn:dev:mac:00AA,sensor,\nsen-2,sensor,urn:dev:ow:01bb\n")
    #expect(registry.id(of: "urn:dev:mac:00aa") == "urn:dev:mac:00AA")
    #expect(registry.id(of: "urn:dev:mac:00aa/") == "urn:dev:mac:00AA")
    #expect(registry.id(of: "URN:DEV:OW:01BB") == "sen-2")
    #expect(registry.id(of: "sen-2") == "sen-2" && registry.id(of: "urn:dev:ow:01bc") == nil)
    #expect(problems("id,class,addresses\na,bts,urn:dev:x:1\nb,bts,urn:dev:X:1\n").count == 1)
  }

  @Test func namesAreComposed() throws {
    let registry = try load("id,class\nNho\u{31B}n,bts\n")
    #expect(Array(registry.devices[0].id.utf8) == Array("Nhơn".utf8))
  }

  @Test func whatWasMeantIsSaid() throws {
    #expect(problems("id,class\na,camra\n")[0].hasSuffix("; did you mean camera?"))
    #expect(problems("id,clas\na,camera\n")[0].hasSuffix("there is no column class; did you mean clas?"))
    let registry = try load("id,class,adresses,note\na,camera,,\n")
    #expect(registry.columns[0].passedOver == ["adresses; did you mean addresses?", "note"])
    #expect(NearestWord.of("intrval", among: ["interval", "id"]) == "interval")
    #expect(NearestWord.of("x", among: ["y", "z"]) == nil)
  }

  // MARK: the file alone

  private func read(_ text: String, areas: AreaTree? = nil) -> ([Device], RegistryColumns, RegistryError) {
    var columns = RegistryColumns()
    var problems = RegistryError()
    let devices = DeviceFile.read(
      Array(text.utf8), file: "d.csv", areas: areas, columns: &columns, problems: &problems)
    return (devices, columns, problems)
  }

  /// What was read and what was passed over is told, with what was perhaps meant.
  @Test func columnsAreToldAsTheyWereRead() {
    let (devices, columns, problems) = read("contract,ID,Clas,class,note\nhd-1,a,x,bts,y\n")
    #expect(problems.problems.isEmpty && devices.count == 1 && devices.first?.contract == "hd-1")
    #expect(columns.file == "d.csv" && Set(columns.read) == ["contract", "id", "class"])
    #expect(columns.passedOver.count == 2 && columns.passedOver.contains { $0.contains("note") })
    #expect(Set(DeviceFile.columns).count == DeviceFile.columns.count)
  }

  /// Every fault of a row is told, and the row does not hide those of the next.
  @Test func aRowMayHaveSeveralFaultsAndOthersStand() {
    let (devices, _, problems) = read(
      "id,class,area,latitude,interval\na,x,9,95,soon\nb,bts,1,,\n", areas: AreaTree([Area(code: "1")]))
    #expect(problems.problems.map(\.line) == [2, 2, 2, 2, 2] && devices.last?.id == "b")
    let causes = problems.problems.map(\.cause)
    #expect(
      causes.contains("area 9 is not in the areas file") && causes.contains { $0.hasPrefix("class x is none of") })
  }

  /// A device may be reached by one address or name alone; the same file twice over is refused as a whole.
  @Test func whatTellsADeviceIsOnes() {
    let (_, _, problems) = read(
      "id,class,addresses\na,bts,10.0.0.1 cname:x\nb,bts,10.0.0.2 cname:x\nc,bts,::ffff:10.0.0.1\na,bts,\n")
    let lines = Set(problems.problems.compactMap(\.line))
    #expect(lines == [3, 4, 5], "\(problems)")
  }

  /// A chain of parents of any length is walked once, and one that closes is named once.
  @Test func longChainsOfParentsCostNoMoreThanTheirLength() {
    let count = 2_000
    func file(_ last: String) -> String {
      "id,class,parent\n"
        + (0..<count).map { "d\($0),bts,\($0 + 1 < count ? "d\($0 + 1)" : last)\n" }.joined()
    }
    let (devices, _, problems) = read(file(""))
    #expect(devices.count == count && problems.problems.isEmpty)
    let (_, _, closed) = read(file("d7"))
    #expect(closed.problems.map(\.cause) == ["device d7 is among its own parents"] && closed.omitted == 0)
  }
}
