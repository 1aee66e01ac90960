/// The measurements of the simulated fleet: names, fields, how exact a field is and its unit.
public enum FleetMeasurement: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case cameraStream
  case btsPower
  case weather
  case water
  case gateway

  /// How a field's value is said.
  public enum Form: Sendable, Equatable {
    /// A decimal number with that many decimals.
    case decimal(scale: Int)
    case integer
    case boolean
    /// One of `FleetMeasurement.versions`.
    case text
  }

  /// A field of a measurement.
  public struct Field: Sendable {
    /// The field's name on the wire.
    public let name: String
    /// How its value is said.
    public let form: Form
    /// The SenML unit (RFC 8428 section 12.1), empty if there is none.
    public let unit: String
    let lineKey: [UInt8]
    let nameBytes: [UInt8]
    let unitBytes: [UInt8]

    init(_ name: String, _ form: Form, _ unit: String = "") {
      self.name = name
      self.form = form
      self.unit = unit
      self.lineKey = LineEncoder.key(name) ?? []
      self.nameBytes = Array(name.utf8)
      self.unitBytes = Array(unit.utf8)
    }

    /// The number that a value of this field counts as in a rollup; nil for booleans and text.
    func number(_ value: Int64) -> Double? {
      switch form {
      case .decimal(let scale): PowerOfTen.double(units: value, scale: scale)
      case .integer: Double(value)
      case .boolean, .text: nil
      }
    }
  }

  /// The measurement's name on the wire.
  public var name: String {
    switch self {
    case .cameraStream: "camera_stream"
    case .btsPower: "bts_power"
    case .weather: "weather"
    case .water: "water"
    case .gateway: "gateway"
    }
  }

  /// The fields in the order in which they are sent.
  public var fields: [Field] { Self.tables[Int(rawValue)] }

  private static let tables: [[Field]] = [
    [
      Field("bitrate_kbps", .integer), Field("fps", .decimal(scale: 1)), Field("lost", .integer),
      Field("online", .boolean),
    ],
    [
      Field("battery_v", .decimal(scale: 2), "V"), Field("grid", .boolean),
      Field("temperature", .decimal(scale: 1), "Cel"), Field("load_a", .decimal(scale: 1), "A"),
      Field("alarms", .integer),
    ],
    [
      Field("temperature", .decimal(scale: 1), "Cel"), Field("humidity", .decimal(scale: 1), "%RH"),
      Field("rain_mm", .decimal(scale: 1), "mm"), Field("wind_ms", .decimal(scale: 1), "m/s"),
    ],
    [Field("level_m", .decimal(scale: 2), "m"), Field("flow", .decimal(scale: 1), "m3/s")],
    [Field("rx", .integer), Field("tx", .integer), Field("uptime", .integer, "s"), Field("version", .text)],
  ]

  /// Firmware versions that gateways report.
  public static let versions = ["2.4.1", "2.4.2-rc1", "3.0.0 \"Thị Nại\""]
  static let versionBytes: [[UInt8]] = versions.map { Array($0.utf8) }

  /// The measurement of a device; sensors measure weather and water by turns.
  static func of(_ device: FleetDevice, ordinalInClass: Int) -> FleetMeasurement {
    switch device.deviceClass {
    case .camera: .cameraStream
    case .bts: .btsPower
    case .sensor: ordinalInClass % 3 == 2 ? .water : .weather
    case .gateway: .gateway
    }
  }
}
