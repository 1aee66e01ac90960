import Testing

@testable import Fleet

/// What simulated instruments show: always something that such an instrument could, and the same from the same seed.
@Suite struct FleetWalkTests {
  /// By field, the least and the most that one may show.
  private static let bounds: [FleetMeasurement: [ClosedRange<Int64>]] = [
    .cameraStream: [0...9_000, 0...250, 0...20, 0...1],
    .btsPower: [4_600...5_450, 0...1, 150...650, 50...800, 0...3],
    .weather: [-30...430, 200...1_000, 0...1_200, 0...450],
    .water: [0...900, 0...9_000],
    .gateway: [0...Int64.max, 0...Int64.max, 0...Int64.max, 0...2],
  ]

  @Test(arguments: FleetMeasurement.allCases)
  func valuesStayWithinTheirBounds(measurement: FleetMeasurement) throws {
    let bounds = try #require(Self.bounds[measurement])
    #expect(bounds.count == measurement.fields.count)
    for device in 0..<8 {
      var walk = FleetWalk(measurement: measurement, seed: 3, device: device)
      var seen = Set<Int64>()
      for _ in 0..<5_000 {
        let values = walk.advance(seconds: 5)
        for (field, bound) in bounds.enumerated() { #expect(bound.contains(values[field]), "field \(field)") }
        seen.insert(values[0])
      }
      #expect(seen.count > 5, "nothing moves")
    }
  }

  private static func values(_ measurement: FleetMeasurement, seed: UInt64, device: Int) -> [[Int64]] {
    var walk = FleetWalk(measurement: measurement, seed: seed, device: device)
    return (0..<200).map { _ in
      let values = walk.advance(seconds: 1)
      return values.indices.map { values[$0] }
    }
  }

  @Test(arguments: FleetMeasurement.allCases)
  func aDeviceOfASeedIsTheSameEachTime(measurement: FleetMeasurement) {
    let first = Self.values(measurement, seed: 1, device: 4)
    #expect(first == Self.values(measurement, seed: 1, device: 4))
    #expect(first != Self.values(measurement, seed: 1, device: 5))
    #expect(first != Self.values(measurement, seed: 2, device: 4))
  }

  /// A camera that is out says so in every field for a while, and comes back whole.
  @Test func aCameraGoesOutAndComesBack() {
    var outages = 0
    for device in 0..<20 {
      var walk = FleetWalk(measurement: .cameraStream, seed: 9, device: device)
      var length = 0
      for _ in 0..<4_000 {
        let values = walk.advance(seconds: 1)
        if values[3] == 0 {
          length += 1
          #expect(values[0] == 0 && values[1] == 0 && values[2] == 0)
        } else {
          if length > 0 {
            outages += 1
            #expect((5...34).contains(length) && values[0] >= 2_000 && values[1] == 250)
          }
          length = 0
          #expect(values[0] >= 500)
        }
      }
    }
    #expect(outages > 10)
  }

  /// Alarms are what the other fields say.
  @Test func alarmsOfABaseStationFollowItsState() {
    var withoutGrid = 0
    for device in 0..<10 {
      var walk = FleetWalk(measurement: .btsPower, seed: 2, device: device)
      var battery: Int64?
      for _ in 0..<5_000 {
        let values = walk.advance(seconds: 1)
        let alarms = (values[1] == 0 ? 1 : 0) + (values[0] < 4_800 ? 1 : 0) + (values[2] > 450 ? 1 : 0)
        #expect(values[4] == Int64(alarms))
        if values[1] == 0 {
          withoutGrid += 1
          #expect(battery.map { values[0] <= $0 } ?? true, "a battery without grid charges nothing")
        }
        battery = values[0]
      }
    }
    #expect(withoutGrid > 0)
  }

  @Test func aGatewayCountsItsSecondsAndItsOctets() {
    var walk = FleetWalk(measurement: .gateway, seed: 4, device: 0)
    var last = walk.advance(seconds: 0)
    for _ in 0..<2_000 {
      let values = walk.advance(seconds: 30)
      #expect(values[2] == last[2] + 30 || values[2] == 0)
      #expect(values[0] >= last[0] && values[1] >= last[1])
      last = values
    }
  }

  // MARK: measurements

  @Test func fieldsAreNamedOnceAndSaidAsTheyAre() {
    #expect(Set(FleetMeasurement.allCases.map(\.name)).count == FleetMeasurement.allCases.count)
    for measurement in FleetMeasurement.allCases {
      let fields = measurement.fields
      // A walk holds no more than five values.
      #expect((1...5).contains(fields.count) && Set(fields.map(\.name)).count == fields.count)
      for field in fields {
        #expect(!field.lineKey.isEmpty && field.nameBytes == Array(field.name.utf8))
        #expect(field.unitBytes == Array(field.unit.utf8))
        switch field.form {
        case .decimal(let scale): #expect(field.number(25) == 25 / [1.0, 10, 100][scale])
        case .integer: #expect(field.number(25) == 25 && field.number(.min) == -0x1p63)
        case .boolean, .text: #expect(field.number(1) == nil, "no rollup counts it")
        }
      }
    }
  }

  @Test func aDeviceMeasuresWhatItsClassDoes() {
    func of(_ deviceClass: FleetDevice.Class, _ ordinal: Int) -> FleetMeasurement {
      .of(FleetDevice(id: "d", deviceClass: deviceClass), ordinalInClass: ordinal)
    }
    for ordinal in 0..<6 {
      #expect(of(.camera, ordinal) == .cameraStream && of(.bts, ordinal) == .btsPower)
      #expect(of(.gateway, ordinal) == .gateway)
    }
    #expect((0..<6).map { of(.sensor, $0) } == [.weather, .weather, .water, .weather, .weather, .water])
  }

  // MARK: prebuilt traffic

  @Test func prebuiltSamplesStayWithinTheirBoundsAndCountUp() {
    var samples = PrebuiltSamples(seed: 11, devices: 5)
    var before = (0..<5).map { samples[$0] }
    let begin = before
    var lowest = before.map(\.battery)
    for _ in 0..<20_000 {
      for device in 0..<5 {
        samples.advance(device)
        let sample = samples[device]
        #expect((-300...600).contains(sample.temperature) && (0...1_000).contains(sample.humidity))
        #expect((0...20).contains(sample.counter - before[device].counter))
        #expect((-1...1).contains(sample.temperature - before[device].temperature))
        // A transient takes one hundredth, and is not kept; nothing charges it.
        #expect((249...420).contains(sample.battery) && sample.battery <= lowest[device] + 1)
        lowest[device] = min(lowest[device], sample.battery)
        before[device] = sample
      }
    }
    #expect((0..<5).allSatisfy { samples[$0].battery < begin[$0].battery }, "a battery runs down")
  }

  @Test func advancingOneDeviceMovesNoOther() {
    var samples = PrebuiltSamples(seed: 12, devices: 2)
    var alone = PrebuiltSamples(seed: 12, devices: 1)
    let other = samples[1]
    for _ in 0..<100 {
      samples.advance(0)
      alone.advance(0)
    }
    #expect(samples[1].counter == other.counter && samples[1].temperature == other.temperature)
    #expect(samples[0].counter == alone[0].counter && samples[0].battery == alone[0].battery)
    #expect(PrebuiltSamples(seed: 13, devices: 1)[0].counter != PrebuiltSamples(seed: 12, devices: 1)[0].counter)
  }
}
