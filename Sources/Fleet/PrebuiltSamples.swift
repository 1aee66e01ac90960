/// The values of prebuilt traffic: one draw of xorshift64* a device and second.
struct PrebuiltSamples {
  struct Sample {
    /// Tenths of a degree.
    var temperature: Int64
    /// Tenths of a percent.
    var humidity: Int64
    var counter: Int64
    /// Hundredths of a volt, the transient included.
    var battery: Int64
    fileprivate var restingBattery: Int64
    fileprivate var random: FleetRandom
  }

  private var samples: [Sample] = []

  init(seed: UInt64, devices: Int) {
    for device in 0..<devices {
      var random = FleetRandom(seed: seed, stream: UInt64(device))
      let temperature = 50 + random.below(300)
      let humidity = 300 + random.below(500)
      let battery = 330 + random.below(90)
      let counter = random.below(1_000_000)
      samples.append(
        Sample(
          temperature: temperature, humidity: humidity, counter: counter, battery: battery, restingBattery: battery,
          random: random))
    }
  }

  subscript(device: Int) -> Sample { samples[device] }

  /// One second on.
  mutating func advance(_ device: Int) {
    var draw = samples[device].random.next()
    func part(_ bound: UInt64) -> UInt64 {
      defer { draw /= bound }
      return draw % bound
    }
    let warmer = part(100)
    let moister = part(100)
    let counted = part(21)
    let drained = part(1_000)
    var sample = samples[device]
    sample.temperature += warmer < 10 ? 1 : (warmer < 20 ? -1 : 0)
    sample.temperature = min(max(sample.temperature, -300), 600)
    sample.humidity += moister < 15 ? 1 : (moister < 30 ? -1 : 0)
    sample.humidity = min(max(sample.humidity, 0), 1_000)
    sample.counter += Int64(counted)
    if drained == 0 && sample.restingBattery > 250 { sample.restingBattery -= 1 }
    sample.battery = sample.restingBattery - (drained >= 950 ? 1 : 0)
    samples[device] = sample
  }
}
