import Mutation
import Testing

@testable import Registry

/// Files of a registry as spreadsheets, editors and disks leave them: taken whole, or refused with the line.
@Suite struct RegistryDamageTests {
  private static let devices = Array(
    #"""
    id,class,name,area,domain,agency,latitude,longitude,addresses,interval
    cam-1,camera,"Ngã ""năm""",21583,traffic,Sở,13.77,109.22,10.0.0.1 ssrc:1 2001:db8::1,60
    sen-1;sensor,sensor,,,,,,,urn:dev:mac:0024befffe80aa04,5m
    """#.utf8)
  private static let areas = Array(
    """
    code,parent,name,valid_from,valid_to
    52,,Bình Định,,2025-07-01
    21583,52,Quy Nhơn,,1/7/2025
    """.utf8)
  private static let ranges = Array("measurement,field,min,max,class\nrain,mm,0,200,sensor\nrain,mm,,300,\n".utf8)

  private func check(_ error: RegistryError, lines: Int) {
    #expect(!error.problems.isEmpty && error.problems.count <= RegistryError.listed && error.omitted >= 0)
    for problem in error.problems {
      #expect(problem.description.hasPrefix("cannot read registry "))
      if let line = problem.line { #expect((1...lines + 1).contains(line)) }
    }
  }

  private func lineCount(_ bytes: [UInt8]) -> Int { bytes.count { $0 == 0x0A || $0 == 0x0D } + 1 }

  @Test func damagedDevicesAndAreas() {
    var mutation = Mutation(seed: 7)
    var taken = 0
    for round in 0..<1_000 {
      let devices = round % 2 == 0 ? mutation.damage(Self.devices) : Self.devices
      let areas = round % 2 == 0 ? Self.areas : mutation.damage(Self.areas)
      do throws(RegistryError) {
        let registry = try DeviceRegistry.load(devices: devices, areas: areas)
        taken += 1
        for (index, device) in registry.devices.enumerated() {
          #expect(registry.deviceIndex(id: device.id) == index && !device.id.isEmpty)
          for address in device.addresses { #expect(registry.deviceIndex(address: address) == index) }
          #expect(device.intervalSeconds.map { $0 > 0 } ?? true)
        }
      } catch {
        check(error, lines: max(lineCount(devices), lineCount(areas)))
      }
    }
    #expect(taken > 50)
  }

  @Test func damagedRanges() {
    var mutation = Mutation(seed: 8)
    for _ in 0..<1_000 {
      let bytes = mutation.damage(Self.ranges)
      var problems = RegistryError()
      let ranges = RangeFile.read(bytes, file: "ranges.csv", problems: &problems)
      for range in ranges {
        #expect(range.least <= range.largest && !range.measurement.isEmpty && !range.field.isEmpty)
      }
      if !problems.problems.isEmpty { check(problems, lines: lineCount(bytes)) }
    }
  }

  @Test func rangesSayWhatTheyMean() {
    var problems = RegistryError()
    let ranges = RangeFile.read(Self.ranges, file: "r", problems: &problems)
    #expect(
      ranges == [
        ValueRange(measurement: "rain", field: "mm", deviceClass: "sensor", least: 0, largest: 200),
        ValueRange(measurement: "rain", field: "mm", least: -.infinity, largest: 300),
      ])
    for (line, cause) in [
      ("rain,mm,5,4,", "min 5.0 is above max 4.0"), (",mm,1,2,", "measurement and field must be said"),
      ("rain,mm,x,2,", "min x is no number"), ("rain,mm,1,2,tank", "class tank is none of"),
      ("rain,mm,1,2,\nrain,mm,1,3,", "rain mm has a range already"),
    ] {
      var problems = RegistryError()
      _ = RangeFile.read(Array("measurement,field,min,max,class\n\(line)\n".utf8), file: "r", problems: &problems)
      #expect(problems.problems.count == 1 && problems.description.contains(cause), "\(problems)")
    }
  }

  @Test func columnsThatAreNotKnownAreToldWithWhatWasMeant() {
    var problems = RegistryError()
    var table = RegistryTable(
      Array("ID ; clas;\n a ;b;c\n;;\n\u{A0}d;;\n".utf8), file: "f", known: ["id", "class"], required: ["id"],
      problems: &problems)
    #expect(table.found == ["id"] && table.passedOver == ["clas; did you mean class?", ""])
    var rows: [String] = []
    while table.nextRow(&problems) { rows.append("\(table.line):\(table["id"])|\(table["class"])") }
    #expect(rows == ["2:a|", "4:d|"] && problems.problems.isEmpty)
  }

  @Test(
    arguments: [
      ([0xFF, 0xFE, 0x69, 0x00], "it is in UTF-16: save it as UTF-8"), ([], "it has no header row"),
      (Array("name\nx\n".utf8), "there is no column id"), (Array("id,id\nx,y\n".utf8), "column id is there twice"),
      (Array("id\nx,y\n".utf8), "it has 2 values, the header names 1 columns"),
      (Array("id\n".utf8) + [0xC3, 0x0A], "it is not in UTF-8"),
      (Array("id\n\"x\n".utf8), "a quoted value is not closed"),
    ] as [([UInt8], String)])
  func filesThatCannotBeReadAreNamed(bytes: [UInt8], cause: String) {
    var problems = RegistryError()
    var table = RegistryTable(bytes, file: "f", known: ["id"], required: ["id"], problems: &problems)
    while table.nextRow(&problems) {}
    #expect(problems.problems.contains { $0.cause == cause }, "\(problems)")
  }

  @Test func areasThatLieWithinThemselvesAreFound() {
    var columns = RegistryColumns()
    var problems = RegistryError()
    let text = "code,parent,valid_from\na,b,\nb,c,\nc,a,2025-01-01\n"
    _ = AreaFile.read(Array(text.utf8), file: "areas.csv", columns: &columns, problems: &problems)
    #expect(problems.problems.contains { $0.cause.contains("lies within itself") } && columns.read.count == 3)
  }

  @Test func whatIsWrongBeyondTheListIsCounted() {
    var problems = RegistryError()
    for line in 0..<30 { problems.add("f", line, "x") }
    #expect(problems.problems.count == 20 && problems.omitted == 10 && problems.description.hasSuffix("and 10 more"))
    var sum = problems
    sum.add(problems)
    #expect(sum.omitted == 20)
  }
}
