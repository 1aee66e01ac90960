import Telemetry

/// Whether names from the wire may become names of tables, columns and devices.
enum NameCheck {
  /// No control characters and nothing that was no UTF-8 (which reads as U+FFFD) in any name of the key.
  static func isAcceptable(_ key: SeriesKey) -> Bool {
    isText(key.measurement) && isText(key.device) && key.tags.allSatisfy { isText($0.name) && isText($0.value) }
  }

  private static func isText(_ name: String) -> Bool {
    name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0.value != 0xFFFD }
  }
}
