/// One device's state: random walks with the steps that such instruments show.
struct FleetWalk: Sendable, BitwiseCopyable {
  private let measurement: FleetMeasurement
  private var random: FleetRandom
  private var values: InlineArray<5, Int64>
  /// What a transient adds to the values, not kept.
  private var outage: Int64 = 0

  init(measurement: FleetMeasurement, seed: UInt64, device: Int) {
    self.measurement = measurement
    var random = FleetRandom(seed: seed, stream: UInt64(device))
    switch measurement {
    case .cameraStream: values = [1_500 + random.below(4_500), 250, 0, 1, 0]
    case .btsPower: values = [5_350 + random.below(100), 1, 280 + random.below(80), 120 + random.below(300), 0]
    case .weather: values = [220 + random.below(120), 600 + random.below(350), 0, random.below(60), 0]
    case .water: values = [80 + random.below(400), 50 + random.below(3_000), 0, 0, 0]
    case .gateway:
      let version = random.below(Int64(FleetMeasurement.versions.count))
      values = [random.below(1_000_000), random.below(500_000), random.below(5_000_000), version, 0]
    }
    self.random = random
  }

  /// The values one interval later.
  mutating func advance(seconds: Int64) -> InlineArray<5, Int64> {
    switch measurement {
    case .cameraStream: advanceCamera()
    case .btsPower: advanceBTS()
    case .weather: advanceWeather()
    case .water:
      walk(0, 0.25, reach: 1, in: 0...900)
      walk(1, 0.4, reach: 3, in: 0...9_000)
    case .gateway:
      values[0] += random.below(400)
      values[1] += random.below(120)
      values[2] += seconds
      if random.happens(0.0001) {
        values[2] = 0
        values[3] = random.below(Int64(FleetMeasurement.versions.count))
      }
    }
    return values
  }

  private mutating func walk(_ index: Int, _ share: Double, reach: Int64, in range: ClosedRange<Int64>) {
    values[index] = min(max(values[index] + random.step(share, reach: reach), range.lowerBound), range.upperBound)
  }

  private mutating func advanceCamera() {
    if outage > 0 {
      outage -= 1
      if outage == 0 { values = [2_000 + random.below(4_000), 250, 0, 1, 0] }
      return
    }
    if random.happens(0.001) {
      outage = 5 + random.below(30)
      values = [0, 0, 0, 0, 0]
      return
    }
    walk(0, 0.9, reach: 40, in: 500...9_000)
    values[1] = random.happens(0.05) ? 240 + random.below(11) : 250
    values[2] = random.happens(0.03) ? 1 + random.below(20) : 0
  }

  private mutating func advanceBTS() {
    if random.happens(0.0005) { values[1] = 1 - values[1] }
    if values[1] == 0 {
      values[0] = max(4_600, values[0] - random.below(3))
    } else {
      values[0] = min(5_450, max(values[0], values[0] + random.step(0.3)))
    }
    walk(2, 0.1, reach: 1, in: 150...650)
    walk(3, 0.3, reach: 2, in: 50...800)
    values[4] = (values[1] == 0 ? 1 : 0) + (values[0] < 4_800 ? 1 : 0) + (values[2] > 450 ? 1 : 0)
  }

  private mutating func advanceWeather() {
    walk(0, 0.2, reach: 1, in: -30...430)
    walk(1, 0.3, reach: 1, in: 200...1_000)
    if values[2] > 0 || random.happens(0.001) { walk(2, 0.5, reach: 4, in: 0...1_200) }
    walk(3, 0.5, reach: 3, in: 0...450)
  }
}
