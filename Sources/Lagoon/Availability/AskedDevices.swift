import Primitives
import Telemetry

/// The devices that a scan looks for, by number.
struct AskedDevices {
  let ids: [String]
  private let numbers: [String: Int32]

  /// The number of what nobody asks for.
  static let none: Int32 = -1

  init(_ ids: [String]) {
    self.ids = ids
    numbers = Dictionary(uniqueKeysWithValues: zip(ids, Int32(0)...))
  }

  /// The device's number of each series; `none` of devices that nobody asks for, and of rows that the node told itself,
  /// which are no sign of life.
  func numbers(of list: SeriesList) -> [Int32] {
    (0..<UInt32(list.count)).map { series in
      list.isTold(series) ? Self.none : numbers[list.device(series)] ?? Self.none
    }
  }
}

extension LagoonView {
  /// The tables whose rows are signs of life.
  var tablesOfSigns: [TableView] {
    tables.values.filter(\.name.holdsSigns).sorted { $0.name.directoryName < $1.name.directoryName }
  }
}

extension TableName {
  /// Whether its rows are signs of life.
  var holdsSigns: Bool {
    switch self {
    case .readings, .events: true
    case .rollups, .devices, .audit: false
    }
  }
}

extension RowSource {
  /// Calls with the device's number and the time of each row that lies in a range and belongs to one of them.
  @inline(__always)
  func forEachSign(
    _ numbers: [Int32], within range: Range<UnixNanos>, _ body: (_ device: Int, _ time: UnixNanos) -> Void
  ) {
    let unit = precision.unitNanos
    for chunk in chunks {
      chunk.withTimes { series, times in
        for row in times.indices {
          let device = numbers[Int(series[row])]
          if device < 0 { continue }
          // Another program's times may be any number.
          let (time, isBeyond) = times[row].multipliedReportingOverflow(by: unit)
          if !isBeyond && range.contains(time) { body(Int(device), time) }
        }
      }
    }
  }
}
