import Primitives

/// A device of the simulated fleet.
public struct FleetDevice: Hashable, Sendable {
  /// What a device is; it decides what it sends.
  public enum Class: String, CaseIterable, Sendable {
    case camera
    case bts
    case sensor
    case gateway
  }

  /// The device's id, as the registry has it and as rows carry it.
  public var id: String
  /// What it is.
  public var deviceClass: Class
  /// The area code, if known; only used to group the tally.
  public var area: String

  /// A device of a registry or of `fleet(count:)`.
  public init(id: String, deviceClass: Class, area: String = "") {
    self.id = id
    self.deviceClass = deviceClass
    self.area = area
  }

  /// `count` devices: of every twenty, eleven sensors, six cameras, two BTS and one gateway, numbered by class.
  public static func fleet(count: Int) -> [FleetDevice] {
    let pattern: [Class] = [
      .sensor, .camera, .sensor, .camera, .sensor, .bts, .sensor, .camera, .sensor, .camera,
      .sensor, .gateway, .sensor, .camera, .sensor, .bts, .sensor, .camera, .sensor, .sensor,
    ]
    var numbers: [Class: Int] = [:]
    return (0..<count).map { index in
      let deviceClass = pattern[index % pattern.count]
      numbers[deviceClass, default: 0] += 1
      let number = numbers[deviceClass, default: 0].padded(to: 5)
      return FleetDevice(id: "\(deviceClass.rawValue)-\(number)", deviceClass: deviceClass)
    }
  }
}
