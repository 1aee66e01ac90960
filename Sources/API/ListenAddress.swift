/// Where HTTP is answered: `127.0.0.1:8080`, `[::]:8080` (IPv4 too), `localhost:0`.
struct ListenAddress: Hashable, Sendable {
  var host: String
  var port: Int

  init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let portText = text[text.index(after: colon)...]
    guard !portText.isEmpty, portText.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(portText),
      port <= 65_535
    else { return nil }
    let hostText = text[..<colon]
    if hostText.first == "[" {
      guard hostText.last == "]", hostText.count > 2 else { return nil }
      host = String(hostText.dropFirst().dropLast())
    } else {
      guard !hostText.isEmpty, !hostText.contains(":") else { return nil }
      host = String(hostText)
    }
    self.port = port
  }

  /// The address as a URL has it.
  var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
