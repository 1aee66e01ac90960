import Lagoon
import Node
import Pipeline
import Primitives
import Sys

/// What a damaged file or folder may cost.
extension ScenarioRun {
  /// Damages the disk; what of it, or nil if there is nothing to be damaged.
  mutating func damage(_ damage: Scenario.Damage) throws -> String? {
    liveFiles = try liveParts()
    var random = SeededNumbers(damage.seed)
    let damaged = machine.disk.damage(damage.kind, under: damage.path, using: &random)
    story.append("damaged: \(damaged ?? "nothing")")
    return damaged
  }

  /// The files of all parts that tables have, as a start finds them: what a loss of power took of the records is made up
  /// for by then.
  private func liveParts() throws -> [String] {
    let catalogue = try Catalogue(data: House.data, node: House.node)
    return catalogue.tables.flatMap { table in
      table.parts.map { "\(House.tables)/\(table.name.directoryName)/\($0.path)" }
    }.sorted()
  }

  /// One damaged file or folder costs only itself: a table's its table, which is named or answers what it has; a journal's
  /// the batches that stood where it is damaged; others nothing. Rows that come now are stored and sealed, and no other
  /// part goes.
  mutating func checkDamaged(_ path: String, _ damage: Scenario.Damage) throws {
    let place = DamagedPlace(path)
    let mayDouble = mayDouble
    func strictness(_ name: String) -> Expectation.Strictness {
      place.sparesRows(of: name) ? Expectation.Strictness(mayDouble: mayDouble) : .afterLies
    }
    let house: House
    do {
      house = try House(laneCount: scenario.laneCount, registry: registry, receiver: receiver)
      try house.start()
    } catch {
      // Files that are the node's own, such as its lock, may keep it from starting, by name.
      if place.table != nil { throw error }
      story.append("named: \(error)")
      machine.network.endProcess()
      return
    }
    try check(house, strictness)
    try checkMissing(house, place, damage)
    var random = SeededNumbers(scenario.seed)
    // Twice: what waits of one table must not keep the next generation of others.
    for _ in 0..<2 {
      for _ in 0..<40 { arrive(traffic.next(.line, nowNanos: machine.realtimeNanos, &random)) }
      Clock.sleep(nanos: Self.settleNanos)
      for datagram in pending { expected.noteAcknowledged(datagram) }
      pending = []
      Clock.sleep(nanos: 2 * House.sealIntervalNanos)
      try check(house, strictness)
    }
    house.stop()
    machine.network.endProcess()
    for measurement in Traffic.measurements where !place.isTable(measurement) {
      let waiting = Answers(house).unsealedRows(of: measurement)
      if waiting > 0 {
        throw Fault(.unsealed, "\(path) is damaged, and \(waiting) rows of \(measurement) could not be sealed")
      }
    }
    for part in liveFiles where !place.holds(part) && !FileSystem.exists(part) {
      throw Fault(.lost, "\(path) is damaged, and the part \(part) is gone")
    }
  }

  /// What is missing is no more than was damaged, and is told.
  private func checkMissing(_ house: House, _ place: DamagedPlace, _ damage: Scenario.Damage) throws(Fault) {
    if expected.missing.isEmpty { return }
    let one = expected.missing.min() ?? ""
    let bits = if case .bits(let count) = damage.kind { count } else { 0 }
    // Nobody knows of a segment that is gone, or of frames behind the end of one.
    if place.table == nil && bits == 0 { return }
    if !isTold(house) {
      throw Fault(.lost, "\(place.path) is damaged, rows such as \(one) are missing, and nothing is said of it")
    }
    if place.table != nil { return }
    let slowest = scenario.lives.map(\.diskNanos).max() ?? 0
    let batches = expected.missingBatches(withinNanos: Self.batchNanos + 100 * slowest)
    if batches > bits {
      throw Fault(
        .lost,
        "\(bits) bits of \(place.path) are damaged, and \(expected.missing.count) rows of \(batches) batches are lost,"
          + " such as \(one)")
    }
  }

  /// Within so long a lane fills a batch.
  private static let batchNanos = 100 * Nanos.perMillisecond

  private func isTold(_ house: House) -> Bool {
    let found = house.pipeline.recovery
    return !house.engine.warnings.isEmpty || !house.engine.complaints.isEmpty || !found.unreadable.isEmpty
      || found.damagedBytes + found.tornTailBytes > 0 || found.lostFrames > 0
      || !Answers(house).missingEvents.isEmpty
  }
}

/// Whose a damaged file or folder is.
private struct DamagedPlace {
  let path: String
  /// The folder of the table that it is in.
  let table: Substring?

  init(_ path: String) {
    self.path = path
    table = path.hasPrefix(House.tables + "/") ? path.split(separator: "/")[2] : nil
  }

  private var isJournal: Bool { path.hasPrefix(DataDirectory(House.data).journal) }

  func isTable(_ measurement: String) -> Bool { table.map { $0 == Self.folder(of: measurement) } ?? false }

  /// Whether nothing of a measurement may be missing.
  func sparesRows(of measurement: String) -> Bool { !isJournal && !isTable(measurement) }

  func holds(_ file: String) -> Bool { file == path || file.hasPrefix(path + "/") }

  /// A table's folder, as RFC 3986 section 2.1 writes what is not ASCII.
  private static func folder(of name: String) -> String {
    name.utf8.map { octet in
      octet < 128 ? String(UnicodeScalar(octet)) : "%" + String(octet, radix: 16, uppercase: true)
    }.joined()
  }
}
