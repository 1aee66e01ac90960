import Foundation
import Testing

/// What the newest protocol touches outside of its room: adding one is a folder and hardly more.
@Test func theNewestProtocolStandsInItsRoom() throws {
  let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Sources")
  // Its case, its types, its reasons, its limits if they have its name.
  let traces = try NSRegularExpression(
    pattern: #"\.ntp\b|rtcp, wsd, ntp|var ntp\b|\bntp[A-Z]|NTPRoom|NTPLane|NTPSettings|NTPClients|NTPPacket"#)
  var touched: [String] = []
  var ownFiles = 0
  let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
  while let file = files?.nextObject() as? URL {
    guard ["swift", "c", "h", "yaml"].contains(file.pathExtension) else { continue }
    let text = try String(contentsOf: file, encoding: .utf8)
    guard traces.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil else { continue }
    if file.path.contains("/Protocols/NTP/") { ownFiles += 1 } else { touched.append(file.lastPathComponent) }
  }
  #expect(ownFiles >= 3, "the room was looked for in the wrong place")
  #expect(touched.count <= 3, "\(touched.sorted())")
}
