import Access
import Alerts
import Primitives
import Sys
import Text

@testable import Node

/// What a node keeps of alarms, receivers and its audit, and the files that its operators write. Each input is one file
/// on a simulated machine, its checksums made right.
enum FuzzNode {
  private static let nanos = UnixNanos(1_795_186_800) * Nanos.perSecond

  private static func machine() -> SimulatedMachine { SimulatedMachine(startNanos: nanos, capacityBytes: 64 << 20) }

  private static func put(_ octets: [UInt8], _ path: String) {
    try? FileSystem.createDirectories(FileSystem.parent(of: path))
    try? File(path, .append).write(all: octets)
  }

  /// What fires, what was acknowledged, what is to be told.
  static func alerts(_ octets: [UInt8]) {
    machine().run {
      let file = AlertStateFile(data: "/data")
      put(Array("thinai-alerts 2 \(AlertStateFile.digest(octets))\n".utf8) + octets, file.path)
      let (content, fault) = file.load()
      guard var content, fault == nil else { return }
      for notice in content.untold { _ = notice.body }
      for alert in content.firing { _ = RFC3339.text(alert.since) }
      // Of another version, and not written any more.
      content.firing = []
      let again = saved(content, file)
      precondition(saved(again, file) == again, "BUG: what was kept comes back as something else")
    }
  }

  private static func saved(_ content: AlertStateFile.Content, _ file: AlertStateFile) -> AlertStateFile.Content {
    do { try file.save(content) } catch { fatalError("BUG: what was read cannot be kept: \(error)") }
    guard let found = file.load().content else { fatalError("BUG: what was kept cannot be read") }
    return found
  }

  /// Alarms that are over.
  static func closed(_ octets: [UInt8]) {
    machine().run {
      var closed = ClosedAlarms(data: "/data")
      let digests = { (body: [UInt8]) in AlertStateFile.digest(body).prefix(16) + " " }
      put(SealedOctets.lines(octets, before: digests), closed.path)
      try? closed.load()
      precondition(closed.isLoaded, "BUG: alarms that are over cannot be read")
      var again = ClosedAlarms(data: "/data")
      try? again.load()
      precondition(again.alarms == closed.alarms, "BUG: alarms are others when they are read again")
      try? again.append(closed.alarms)
      precondition(again.alarms == closed.alarms, "BUG: an alarm is closed twice")
    }
  }

  /// What receivers are to be told.
  static func outbox(_ octets: [UInt8]) {
    machine().run {
      let files = OutboxFiles(directory: "/data/outbox/r")
      put(SealedOctets.lines(octets, before: checksum), files.path(1))
      guard let found = try? files.lines(1) else { fatalError("BUG: an outbox cannot be read") }
      precondition(
        found.damaged >= 0 && found.lines.count + found.damaged <= found.byteCount, "BUG: lines from nowhere")
      for line in found.lines {
        let bytes = OutboxLine.bytes(line)
        precondition(OutboxLine.read(bytes.dropLast()) == line, "BUG: a line comes back as something else")
      }
    }
  }

  /// The first line is what was received, the rest is what is to be sent.
  static func soc(_ octets: [UInt8]) {
    machine().run {
      let end = octets.firstIndex(of: 0x0A) ?? octets.count
      let folder = DataDirectory("/data").soc
      put(SealedOctets.lines(Array(octets[..<end]), before: checksum), folder + "/" + DataDirectory.socSent)
      put(SealedOctets.lines(Array(octets[end...]), before: checksum), folder + "/" + DataDirectory.outboxFile(1))
      guard let outbox = try? SOCOutbox(data: "/data") else { return }
      precondition(outbox.facts.pending >= 0, "BUG: less than nothing waits")
      let some = (try? outbox.messages(from: outbox.mark)) ?? []
      precondition(some.count <= outbox.facts.pending, "BUG: more is sent than waits")
      for message in some { _ = message.message.frame }
      if let last = some.last { outbox.acknowledge(last.end, count: some.count) }
      precondition(((try? outbox.messages(from: outbox.mark)) ?? []).isEmpty, "BUG: what was received is sent again")
    }
  }

  /// The audit's lines, the newest of them, and those that expired, one file behind the other.
  static func audit(_ octets: [UInt8]) {
    machine().run {
      let parts = octets.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false).map { Array($0) }
      let folder = DataDirectory("/data").audit(node: "n")
      let lines = AuditFiles(data: "/data", node: "n")
      put(SealedOctets.lines(parts[0], before: checksum), lines.path(1))
      let records = (try? lines.records()) ?? []
      for record in records {
        let bytes = AuditFiles.bytes(record)
        precondition(AuditFiles.record(bytes.dropLast()) == record, "BUG: a line comes back as something else")
      }
      if parts.count > 1 {
        put(SealedOctets.lines(parts[1], before: checksum), folder + "/" + DataDirectory.newestAudit)
        _ = try? AuditAnchor(data: "/data", node: "n").read()
      }
      guard parts.count > 2 else { return }
      put(SealedOctets.lines(parts[2], before: checksum), folder + "/" + DataDirectory.expiredAudit)
      guard var expired = try? ExpiredLines.read(data: "/data", node: "n") else { return }
      for range in [Int64.min...Int64.max, 1...1, 1...100] { _ = (expired.rest(of: range), expired.contains(range)) }
      expired.add(records.map(\.sequence) + [.min, -1, 0, 7, .max - 1, .max])
      guard (try? expired.write(data: "/data", node: "n")) != nil else { return }
      precondition((try? ExpiredLines.read(data: "/data", node: "n")) == expired, "BUG: gaps come back as others")
    }
  }

  private static func checksum(_ body: [UInt8]) -> String { AuditFiles.checksum(body) + " " }

  // MARK: what operators write

  static func tokens(_ octets: [UInt8]) {
    machine().run {
      put(octets, "/tokens.yaml")
      guard let book = try? TokenFiles.read("/tokens.yaml", zone: .utc) else { return }
      for grant in book.all {
        precondition(TokenFiles.isName(grant.name), "BUG: a name that is none")
        precondition(
          book.digest(named: grant.name).flatMap { book.grant(of: $0, at: .min) } == grant, "BUG: a grant is lost")
      }
      // One that is taken out is gone, and no other with it.
      guard let first = book.all.first, (try? TokenFiles.revoke(first.name, in: "/tokens.yaml")) == true else { return }
      guard let rest = try? TokenFiles.read("/tokens.yaml", zone: .utc) else {
        fatalError("BUG: a revocation ruins the file")
      }
      precondition(rest.all == Array(book.all.dropFirst()), "BUG: a revocation takes others with it")
    }
  }

  static func settings(_ octets: [UInt8]) {
    machine().run {
      let read = ConfigurationReader.examine(String(decoding: octets, as: UTF8.self), file: "/c.yaml")
      for fault in read.faults { precondition(!fault.description.isEmpty, "BUG: a fault without words") }
      if !read.faults.isEmpty { return }
      precondition((1...64).contains(read.configuration.lanes), "BUG: lanes out of bounds")
    }
  }

  static func rules(_ octets: [UInt8]) {
    machine().run {
      put(octets, "/rules.yaml")
      let rules = (try? AlertRuleFiles.rules("/rules.yaml")) ?? []
      precondition(Set(rules.map(\.name)).count == rules.count, "BUG: two rules of one name")
    }
  }
}
