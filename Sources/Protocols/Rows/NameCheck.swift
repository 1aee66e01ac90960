import Primitives
import Telemetry

/// Whether names from the wire may become names of tables, columns and devices.
enum NameCheck {
  /// No control characters and nothing that was no UTF-8 (which reads as U+FFFD) in any name of the key.
  static func isAcceptable(_ key: SeriesKey) -> Bool {
    isText(key.measurement) && isText(key.device) && key.tags.allSatisfy { isText($0.name) && isText($0.value) }
  }

  /// Measurements in which a node keeps what it finds out itself: what a device said there would change its figures. Our
  /// other tables have folders that no measurement can have.
  private static let reserved: Set<String> = ["device_ledger"]

  /// Whether a key's rows would stand among the node's own.
  static func isReserved(_ key: SeriesKey) -> Bool { key.kind == .readings && reserved.contains(key.measurement) }

  private static func isText(_ name: String) -> Bool {
    name.unicodeScalars.allSatisfy { scalar in
      // C1 controls are letters of some other character set.
      scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && scalar.value != 0xFFFD
    }
  }

  /// A host's name as a device's; nil if it cannot be one.
  static func name(_ host: RawSpan) -> String? {
    if host.byteCount == 0 || host.byteCount > Limits.nameBytes || !UTF8Text.isValid(host) { return nil }
    let name = host.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }.composed
    return isText(name) ? name : nil
  }

  /// What every device calls itself that was given no name.
  private static let namesOfMany: Set<String> = [
    "localhost", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback", "localdomain", "(none)",
  ]

  /// Whether a host's name can tell one device from others.
  static func namesOne(_ name: String) -> Bool {
    let lower = name.lowercased()
    let isLocal = namesOfMany.contains(lower) || lower.hasPrefix("localhost.")
    return !isLocal && !name.allSatisfy { $0 == " " || $0 == "." || $0 == "-" || $0 == "*" || $0 == "?" }
  }
}

extension SeriesKey {
  /// The key with every name in normalisation form C.
  var composed: SeriesKey {
    if (measurement + device).utf8.allSatisfy({ $0 < 0x80 })
      && tags.allSatisfy({ tag in
        tag.name.utf8.allSatisfy { $0 < 0x80 } && tag.value.utf8.allSatisfy { $0 < 0x80 }
      })
    {
      return self
    }
    return SeriesKey(
      kind: kind, measurement: measurement.composed, device: device.composed,
      tags: tags.map { Tag(name: $0.name.composed, value: $0.value.composed) })
  }
}
