import Primitives
import Rollups
import Telemetry

/// What counters did in each bucket of one field of one part, series by series. It never changes.
///
/// Of one series and bucket there may be several stretches, in whatever order: a reading that is older than the one
/// before it begins a new one.
public final class CounterColumns: Sendable {
  struct Run {
    var device: String
    var tags: [SeriesKey.Tag]
    var rows: Range<Int>
  }

  let runs: [Run]
  let stretches: [CounterStretch]
  /// The rises that have no short form.
  let sums: [ExactSum]

  init(_ builder: consuming CounterColumnsBuilder) {
    runs = builder.runs
    stretches = builder.stretches
    sums = builder.sums
  }
}

extension CounterColumns: PartSummary {
  /// Memory held, in bytes, about.
  var byteCount: Int {
    stretches.count * MemoryLayout<CounterStretch>.stride + sums.count * MemoryLayout<ExactSum>.stride
      + runs.count * 96 + 64
  }
}

/// Makes `CounterColumns`, series after series.
struct CounterColumnsBuilder: SeriesSink {
  private let stepNanos: Int64
  private(set) var runs: [CounterColumns.Run] = []
  private(set) var stretches: [CounterStretch] = []
  private(set) var sums: [ExactSum] = []
  /// Where the bucket of the last stretch ends; at the beginning of a series it has none.
  private var end = Int64.min

  init(stepNanos: Int64) { self.stepNanos = stepNanos }

  mutating func begin(device: String) { begin(device: device, tags: []) }

  mutating func begin(device: String, tags: [SeriesKey.Tag]) {
    if let last = runs.last, last.device == device, last.tags == tags { return }
    runs.append(CounterColumns.Run(device: device, tags: tags, rows: stretches.count..<stretches.count))
    end = .min
  }

  mutating func add(rows: Range<Int>, times: [Int64], unitNanos: Int64, values: FieldNumbers) {
    for row in rows {
      let value = values.doubles[row]
      if !value.isFinite { continue }
      let scale = values.scales[row]
      let tag: ValueTag = scale < 0 ? .double : scale == 0 ? .integer : .decimal(scale: Int(scale))
      let reading = CounterReading(
        time: times[row] &* unitNanos, payload: scale < 0 ? Int64(bitPattern: value.bitPattern) : values.mantissas[row],
        tag: tag)
      let newest = stretches.count - 1
      if reading.time < end, stretches[newest].lastTime <= reading.time {
        stretches[newest].append(reading, sums: &sums)
      } else {
        stretches.append(CounterStretch(reading))
        let (bound, isBeyond) = (flooredDivision(reading.time, by: stepNanos) + 1).multipliedReportingOverflow(
          by: stepNanos)
        end = isBeyond ? .max : bound
      }
    }
    runs[runs.count - 1].rows = runs[runs.count - 1].rows.lowerBound..<stretches.count
  }

  /// Adds a stretch that was stored, to the series begun last.
  mutating func add(_ stretch: CounterStretch) {
    stretches.append(stretch)
    end = .min
    runs[runs.count - 1].rows = runs[runs.count - 1].rows.lowerBound..<stretches.count
  }

  consuming func finish() -> CounterColumns { CounterColumns(self) }
}
