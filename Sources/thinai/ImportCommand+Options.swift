import Import
import Node
import Primitives

extension ImportCommand {
  /// What the options say; a misuse is named.
  func options() throws -> ImportOptions {
    var options = ImportOptions()
    if let format {
      guard let known = ImportFormat(rawValue: format) else {
        throw CommandFailure.misuse("cannot use format \(format): it is none of lines, csv, parquet")
      }
      options.format = known
    }
    guard ImportOptions.units[precision] != nil else {
      throw CommandFailure.misuse("cannot use precision \(precision): it is none of ns, us, ms, s, m, h")
    }
    options.precision = precision
    options.measurement = measurement
    if let device, device.isEmpty { throw CommandFailure.misuse("cannot use device '': it has no letter") }
    options.device = device
    options.timeColumn = timeColumn
    options.deviceColumn = deviceColumn
    options.tags = Self.names(tag)
    options.texts = Self.names(text)
    options.skipped = Self.names(skip)
    options.nulls = Self.names(null)
    if let separator {
      let said = separator == "tab" ? "\t" : separator
      guard said.utf8.count == 1, let byte = said.utf8.first, byte < 0x80, !"\"\r\n".utf8.contains(byte) else {
        throw CommandFailure.misuse("cannot use separator '\(separator)': it is no single character, nor tab")
      }
      options.separator = byte
    }
    guard decimal == "." || decimal == ",", let mark = decimal.utf8.first else {
      throw CommandFailure.misuse("cannot use decimal mark '\(decimal)': it is neither . nor ,")
    }
    options.decimalMark = mark
    if let zone {
      guard let rules = Self.zone(zone) else {
        throw CommandFailure.misuse("cannot use zone \(zone): nothing knows it")
      }
      options.zone = rules
    }
    return options
  }

  private static func names(_ lists: [String]) -> [String] {
    lists.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
  }

  /// A zone by its name, or an offset such as `+07:00`.
  private static func zone(_ name: String) -> TimeZoneRules? {
    guard let sign = name.first, sign == "+" || sign == "-" else { return ConfigurationReader.zone(named: name) }
    let parts = name.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hours = Int(parts[0]),
      let minutes = Int(parts[1]), (0..<24).contains(hours), (0..<60).contains(minutes)
    else { return nil }
    let seconds = hours * 3_600 + minutes * 60
    return .fixed(offsetSeconds: sign == "-" ? -seconds : seconds)
  }
}
