import Primitives
import Rollups
import Telemetry

/// Makes `BucketColumns`, device after device.
struct BucketColumnsBuilder: SeriesSink {
  let stepNanos: Int64
  let needs: BucketNeeds
  let wantsSketches: Bool
  private(set) var runs: [BucketColumns.Run] = []
  private(set) var numbers: [Int32] = []
  private(set) var counts: [UInt32] = []
  private(set) var sums = BucketSums()
  private(set) var spreads: [Spread] = []
  private(set) var minima: [Double] = []
  private(set) var maxima: [Double] = []
  private(set) var firsts: [Double] = []
  private(set) var lasts: [Double] = []
  private(set) var firstTimes: [Int64] = []
  private(set) var lastTimes: [Int64] = []
  private(set) var sketches: [QuantileSketch] = []
  var isWide = false

  init(stepNanos: Int64, needs: BucketNeeds, wantsSketches: Bool) {
    self.stepNanos = stepNanos
    self.needs = needs
    self.wantsSketches = wantsSketches
  }

  /// What comes next is of this device.
  mutating func begin(device: String) {
    if runs.last?.device == device { return }
    runs.append(BucketColumns.Run(device: device, rows: numbers.count..<numbers.count))
  }

  /// What comes next is of this series.
  mutating func begin(device: String, tags: [SeriesKey.Tag]) {
    if let last = runs.last, last.device == device, last.tags == tags { return }
    runs.append(
      BucketColumns.Run(
        device: device, owner: SeriesOwners.owner(device: device, tags: tags), tags: tags,
        rows: numbers.count..<numbers.count))
  }

  /// Adds a bucket of the device, and its readings' sketch if there are sketches.
  mutating func add(_ bucket: Bucket, number: Int64, spread: Spread = .unknown, sketch: QuantileSketch? = nil) {
    if bucket.isEmpty { return }
    numbers.append(Int32(clamping: number))
    counts.append(UInt32(clamping: bucket.count))
    if needs.contains(.sum) { sums.append(bucket.total) }
    if needs.contains(.spread) { spreads.append(spread) }
    if needs.contains(.extremes) {
      minima.append(bucket.min)
      maxima.append(bucket.max)
    }
    if needs.contains(.first) {
      firsts.append(bucket.first)
      firstTimes.append(bucket.firstTime)
    }
    if needs.contains(.last) {
      lasts.append(bucket.last)
      lastTimes.append(bucket.lastTime)
    }
    if let sketch { sketches.append(sketch) }
    runs[runs.count - 1].rows = runs[runs.count - 1].rows.lowerBound..<numbers.count
  }

  /// Sums up rows of one device, whose times mostly ascend. A value that is NaN is none.
  ///
  /// - Parameters:
  ///   - rows: which of `times` and `values`.
  ///   - times: in units of `unitNanos`.
  mutating func add(rows: Range<Int>, times: [Int64], unitNanos: Int64, values: FieldNumbers) {
    let step = stepNanos / unitNanos
    var number: Int64 = 0
    var end = Int64.min
    var start = Int64.max
    var bucket = Bucket()
    var spread = Spread()
    var sketch = QuantileSketch()
    let wantsSpread = needs.contains(.spread)
    for row in rows {
      let time = times[row]
      if time < start || time >= end {
        add(bucket, number: number, spread: spread, sketch: wantsSketches ? sketch : nil)
        bucket = Bucket()
        spread = Spread()
        sketch = QuantileSketch()
        number = flooredDivision(time, by: step)
        start = number * step
        end = start + step
      }
      let value = values.doubles[row]
      if !value.isFinite { continue }
      if values.scales[row] >= 0 {
        bucket.add(
          value, mantissa: values.mantissas[row], scale: Int(values.scales[row]), at: time &* unitNanos)
        if WideNumber.isWide(values.mantissas[row]) { isWide = true }
      } else {
        bucket.add(value, at: time &* unitNanos)
      }
      if wantsSpread { spread.add(value, count: bucket.count) }
      if wantsSketches { sketch.add(value) }
    }
    add(bucket, number: number, spread: spread, sketch: wantsSketches ? sketch : nil)
  }

  consuming func finish() -> BucketColumns { BucketColumns(self) }
}
