import Alerts
import Checksum
import Foundation
import Mutation
import Primitives
import Sys
import Testing
import Text

@testable import Node

/// What a node keeps over a restart, damaged behind its checksums: what is read is used without harm, the rest is named.
@Suite struct KeptFileDamageTests {
  private static func delivery(_ id: String) -> OutboxDelivery {
    OutboxDelivery(id: id, created: 1_795_186_800_000_000_000, order: "o/\(id)", body: "{\"m\":\"Mưa\\n\"}")
  }

  /// A line whose checksum is right, whatever it says.
  private static func sealed(_ json: [UInt8]) -> [UInt8] {
    Array("\(Hexadecimal.text(json.withUnsafeBytes { CRC32C.of($0) })) ".utf8) + json + [0x0A]
  }

  @Test func linesComeBack() throws {
    for line in [
      OutboxLine(add: Self.delivery("a")), OutboxLine(done: "a"), OutboxLine(group: "g", of: ["a", "b"]),
      OutboxLine(told: ["a@b.vn"], of: ["a"]), OutboxLine(),
    ] {
      let bytes = OutboxLine.bytes(line)
      #expect(bytes.last == 0x0A && OutboxLine.read(bytes.dropLast()) == line)
      for index in bytes.indices.dropLast() {
        var damaged = bytes
        damaged[index] ^= 0x10
        #expect(OutboxLine.read(damaged.dropLast()) == nil || damaged[8] != bytes[8])
      }
    }
    for text in ["", " ", "00000000 ", "00000000 {}"] { #expect(OutboxLine.read(Array(text.utf8)[...]) == nil) }
  }

  @Test func anOutboxOfDamagedLinesGoesOn() throws {
    var mutation = Mutation(seed: 14)
    let lines = ["a", "b", "c"].map {
      Array(OutboxLine.bytes(OutboxLine(add: Self.delivery($0))).dropLast().dropFirst(9))
    }
    for round in 0..<300 {
      try SimulatedMachine(startNanos: 0).run {
        let directory = "/outbox"
        try FileSystem.createDirectories(directory)
        var bytes: [UInt8] = []
        for (number, line) in lines.enumerated() {
          bytes += number == round % 3 ? Self.sealed(mutation.damage(line)) : Self.sealed(line)
        }
        try File(OutboxFiles(directory: directory).path(1), .append).write(all: bytes)
        let outbox = try ReceiverOutbox(directory: directory)
        let facts = outbox.facts
        // Lines cost themselves alone; one may have become an end of itself, or of another.
        #expect((1...4).contains(facts.pending + Int(facts.givenUp[.damaged] ?? 0)))
        outbox.release()
        for now in [Int64.min, 0, 1_795_186_800_000_000_000, Int64.max] {
          _ = outbox.next(OutboxGathering(windowNanos: round % 2 == 0 ? nil : 0), nowNanos: now, monotonicNanos: 0)
        }
        try outbox.add([Self.delivery("d")])
        #expect(try ReceiverOutbox(directory: directory).facts.pending >= 1)
      }
    }
  }

  @Test func filesOfOtherNamesAreLeftAlone() throws {
    try SimulatedMachine(startNanos: 0).run {
      try FileSystem.createDirectories("/outbox")
      let names = ["x.outbox", "18446744073709551615.outbox", "-1.outbox", "00000000000000000007.outbox", ".outbox"]
      for name in names { _ = try File("/outbox/" + name, .append) }
      #expect(try OutboxFiles(directory: "/outbox").numbers() == [7])
      let outbox = try ReceiverOutbox(directory: "/outbox")
      try outbox.add([Self.delivery("a")])
      #expect(try ReceiverOutbox(directory: "/outbox").facts.pending == 1)
    }
  }

  @Test func alertStateDamagedBehindItsChecksumIsBegunAnewOrUsed() throws {
    var content = AlertStateFile.Content()
    content.firing = [FiringAlert(rule: "r", scope: "device", severity: "warning", subject: "d", since: 1_234)]
    content.untold = [
      AlertNotice(
        id: "1", time: 5, node: "n", device: "d", severity: "error", message: "m",
        attributes: AlertAttributes(rule: "r", state: "firing", since: "s", value: 4.5), order: "o")
    ]
    let wanted = content
    try SimulatedMachine(startNanos: 0).run {
      try FileSystem.createDirectories("/data")
      let file = AlertStateFile(data: "/data")
      try file.save(wanted)
      let whole = try File.readWhole(file.path)
      let body = Array(whole[(try #require(whole.firstIndex(of: 0x0A)) + 1)...])
      var mutation = Mutation(seed: 15)
      for _ in 0..<400 {
        let damaged = mutation.damage(body)
        let head = Array("thinai-alerts 1 \(AlertStateFile.digest(damaged))\n".utf8)
        let target = try File(file.path, .readWrite)
        try target.truncate(to: 0)
        try target.write(all: head + damaged, at: 0)
        let (found, fault) = file.load()
        if let fault {
          #expect(found == AlertStateFile.Content() && fault.hasPrefix("cannot read alert state /data/alerts.state: "))
        }
        // What fires is told with its time, whatever that is.
        for alert in found?.firing ?? [] { #expect(RFC3339.text(alert.since).hasSuffix("Z")) }
        for notice in found?.untold ?? [] { _ = notice.body }
      }
    }
  }
}
