import Primitives
import Telemetry

/// Signs of life of many devices, in any order, joined to runs: within one none is further from the next than the device's
/// limit, so that no outage lies in it. Memory depends on the gaps, not on the rows.
struct SignRuns {
  struct Run: BitwiseCopyable {
    var device: Int32
    var first: UnixNanos
    var last: UnixNanos
  }

  private let limits: [Int64]
  /// The run that each device's rows are added to; the beginning of time if there is none.
  private var firsts: [UnixNanos]
  private var lasts: [UnixNanos]
  private var closed: [Run] = []

  /// - Parameter limits: by device.
  init(limits: [Int64]) {
    self.limits = limits
    firsts = [UnixNanos](repeating: .min, count: limits.count)
    lasts = firsts
  }

  /// What is held, about.
  var byteCount: Int { closed.count * MemoryLayout<Run>.stride + limits.count * 24 }

  mutating func add(_ source: RowSource, _ numbers: [Int32], within range: Range<UnixNanos>) {
    source.forEachSign(numbers, within: range) { device, time in add(device, time) }
  }

  @inline(__always)
  mutating func add(_ device: Int, _ time: UnixNanos) {
    let (first, last) = (firsts[device], lasts[device])
    if time >= first && time <= last { return }
    // The distance of two instants fits without a sign, whatever they are.
    let isBehind = time > last
    let distance = UInt64(bitPattern: isBehind ? time &- last : first &- time)
    if first == .min || distance > UInt64(limits[device]) {
      close(device)
      firsts[device] = time
      lasts[device] = time
    } else if isBehind {
      lasts[device] = time
    } else {
      firsts[device] = time
    }
  }

  private mutating func close(_ device: Int) {
    if firsts[device] == .min { return }
    closed.append(Run(device: Int32(truncatingIfNeeded: device), first: firsts[device], last: lasts[device]))
    firsts[device] = .min
    lasts[device] = .min
  }

  /// All runs, by device and by where they begin; nothing is left. Runs of one device may overlap.
  mutating func take() -> [Run] {
    for device in limits.indices { close(device) }
    var runs: [Run] = []
    swap(&runs, &closed)
    runs.sort { ($0.device, $0.first) < ($1.device, $1.first) }
    return runs
  }
}
