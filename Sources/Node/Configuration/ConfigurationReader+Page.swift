import Primitives

/// What browsers are shown, and which pages of others may ask.
extension ConfigurationReader {
  static func readPage(_ http: inout ConfigurationSection, _ configuration: inout Configuration) throws {
    switch try http.text("page") {
    case nil, "auto": configuration.page = .auto
    case "off", "false": configuration.page = .off
    case .some(let path): configuration.page = .folder(ConfigurationSection.place(path, besides: http.file))
    }
    configuration.shapesFile = try http.place("shapes")
    let origins = try http.texts("origins") ?? []
    for origin in origins where !isOrigin(origin) {
      try http.note("origins", "\(origin) is no origin, such as https://ioc.example.vn or http://10.52.0.9:3000")
    }
    if origins.count > Limits.pageOrigins { try http.note("origins", "there are more than \(Limits.pageOrigins)") }
    configuration.origins = origins
  }

  /// As browsers write them: nothing behind the port, and no capitals. `*` and `null` would be anybody.
  static func isOrigin(_ text: String) -> Bool {
    let host: Substring
    if text.hasPrefix("https://") {
      host = text.dropFirst(8)
    } else if text.hasPrefix("http://") {
      host = text.dropFirst(7)
    } else {
      return false
    }
    return !host.isEmpty
      && host.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (97...122).contains(byte) || "-.:[]".utf8.contains(byte)
      }
  }
}
