import Foundation
import Testing

/// The house checks itself: sizes, layers, names and formatting.
@Test func theHouseIsTidy() throws {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = ["python3", root.appendingPathComponent("tools/tidy").path]
  let output = Pipe()
  process.standardOutput = output
  try process.run()
  let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  #expect(process.terminationStatus == 0, "\(said)")
}
