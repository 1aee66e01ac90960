import Primitives
import Sys
import Testing

@testable import Node

/// Numbers behind right checksums that no node would have written.
@Suite struct HostileKeptFileTests {
  private static func put(_ json: String, _ path: String) throws {
    try FileSystem.createDirectories(FileSystem.parent(of: path))
    let bytes = Array(json.utf8)
    try FileSystem.replace(path, by: Array("\(AuditFiles.checksum(bytes)) ".utf8) + bytes + [0x0A])
  }

  /// A mark that cannot be is none: all that waits is sent again, and nothing is skipped.
  @Test(arguments: [
    "{\"file\":1,\"line\":-1,\"audit\":4}", "{\"file\":-1,\"line\":0,\"audit\":4}", "{\"file\":1}", "[]",
  ])
  func aMarkOfTheFeedThatCannotBeIsNone(mark: String) throws {
    try SimulatedMachine(startNanos: 0).run {
      let folder = DataDirectory("/data").soc
      try Self.put(mark, folder + "/" + DataDirectory.socSent)
      try Self.put("{\"audit\":null,\"message\":\"m\"}", folder + "/" + DataDirectory.outboxFile(1))
      let outbox = try SOCOutbox(data: "/data")
      #expect(outbox.facts.pending == 1 && outbox.newestAudit == 0)
      #expect(try outbox.messages(from: outbox.mark).map(\.message.text) == ["m"])
    }
  }

  /// The largest number has none behind it, so no line has it and no gap ends there.
  @Test(arguments: ["[[1,9223372036854775807]]", "[[2,1]]", "[[1]]", "[[1,2,3]]", "[1]"])
  func gapsThatCannotBeAreDamage(gaps: String) throws {
    try SimulatedMachine(startNanos: 0).run {
      try Self.put(
        "{\"gaps\":\(gaps)}", DataDirectory("/data").audit(node: "n") + "/" + DataDirectory.expiredAudit)
      #expect(throws: EngineError.self) { try ExpiredLines.read(data: "/data", node: "n") }
    }
  }

  @Test func gapsUpToTheLargestNumberAreJoined() throws {
    try SimulatedMachine(startNanos: 0).run {
      try Self.put(
        "{\"gaps\":[[1,4],[7,9223372036854775806]]}",
        DataDirectory("/data").audit(node: "n") + "/" + DataDirectory.expiredAudit)
      var expired = try ExpiredLines.read(data: "/data", node: "n")
      expired.add([5, 6, .max, .min])
      #expect(expired.gaps == [Int64.min...Int64.min, 1...Int64.max - 1])
      #expect(expired.rest(of: 0...10) == [0...0])
    }
  }
}
