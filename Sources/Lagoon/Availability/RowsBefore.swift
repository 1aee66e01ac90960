import Primitives
import Telemetry

/// Looks for each device's newest row before an instant: hour by hour and then in ever longer steps, so that whoever sends
/// often costs little, and only as far back as it matters.
struct RowsBefore {
  private static let firstStepNanos = Nanos.perHour
  private let view: LagoonView
  private let tables: [TableView]
  private let devices: AskedDevices
  private let isOfSome: Bool
  private let instant: UnixNanos
  /// By device: the newest row's time; the beginning of time if there is none.
  private(set) var newest: [UnixNanos]
  /// By device: whether any row of those looked at is of readings.
  private(set) var hasReadings: [Bool]
  /// What could not be read.
  private(set) var blind: [Range<UnixNanos>] = []

  /// - Parameter isOfSome: whether there are devices that are not asked for.
  init(
    _ instant: UnixNanos, of devices: AskedDevices, isOfSome: Bool, in view: LagoonView, tables: [TableView]
  ) {
    self.instant = instant
    self.isOfSome = isOfSome
    self.devices = devices
    self.view = view
    self.tables = tables
    newest = [UnixNanos](repeating: .min, count: devices.ids.count)
    hasReadings = [Bool](repeating: false, count: devices.ids.count)
  }

  /// - Parameter reaches: by device, how far back it matters.
  mutating func run(reaches: [UnixNanos], missing: inout MissingTables) throws {
    for table in tables {
      for source in table.unsealed {
        add(source, of: table.name, within: UnixNanos.min..<instant)
        try view.probe.check()
      }
    }
    var near = instant
    var step = Self.firstStepNanos
    while near > .min {
      let open = devices.ids.indices.filter { newest[$0] < near && reaches[$0] < near }
      let hasParts = tables.contains { table in table.parts.contains { $0.oldest < near } }
      if open.isEmpty || !hasParts { return }
      let (stepped, isBeyond) = near.subtractingReportingOverflow(step)
      let far = max(isBeyond ? .min : stepped, open.map { reaches[$0] }.min() ?? .min)
      try look(
        far..<near, for: isOfSome || open.count < devices.ids.count ? open.map { devices.ids[$0] } : nil, &missing)
      near = far
      step = step.multipliedReportingOverflow(by: 2).overflow ? .max : step * 2
    }
  }

  private mutating func look(
    _ range: Range<UnixNanos>, for ids: [String]?, _ missing: inout MissingTables
  ) throws {
    let wanted = ids.map { Set($0) }
    let reader = view.reader
    for table in tables {
      for part in table.parts where part.newest >= range.lowerBound && part.oldest < range.upperBound {
        let request = ScanRequest(
          table: table.name, path: part.path, devices: wanted, from: range.lowerBound, to: range.upperBound,
          fields: [], arrivals: false)
        let read: Void? = try missing.reading(table.name) {
          try reader.scan(request) { add($0, of: table.name, within: range) }
        }
        if read == nil { blind.append(part.oldest..<part.newest) }
      }
    }
  }

  private mutating func add(_ source: RowSource, of table: TableName, within range: Range<UnixNanos>) {
    let numbers = devices.numbers(of: source.series)
    source.forEachSign(numbers, within: range) { device, time in newest[device] = max(newest[device], time) }
    if table == .events { return }
    // A series without a row counts too: it has had one.
    for device in numbers where device >= 0 { hasReadings[Int(device)] = true }
  }
}
