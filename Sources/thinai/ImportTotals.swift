import Import

/// What became of the rows of a file.
struct ImportTotals: CustomStringConvertible {
  var stored = 0
  var refused = 0
  var flawed = 0
  /// Rows that became lines, as far as they are counted here.
  var rows = 0
  /// Whether nothing is sent.
  var isTrial = false
  /// Rows that were looked at: of a file of lines what the server has told.
  var seen: Int { max(rows, stored) + refused }
  private var named = 0
  private var unnamed = 0

  /// Refusals of a file that are named one by one.
  private static let names = 100

  init(stored: Int = 0, refused: Int = 0, flawed: Int = 0, isTrial: Bool = false) {
    self.stored = stored
    self.refused = refused
    self.flawed = flawed
    self.isTrial = isTrial
  }

  mutating func add(_ other: ImportTotals) {
    stored += other.stored
    refused += other.refused
    flawed += other.flawed
    rows += other.rows
    isTrial = isTrial || other.isTrial
  }

  /// Counts what is wrong with a piece's rows, and says it, unless much was said already.
  mutating func count(_ piece: ImportPiece, _ path: String, _ progress: ImportProgress) {
    refused += piece.refused
    flawed += piece.flawed
    rows += piece.rows
    let said = piece.faults.prefix(Self.names - named)
    for fault in said { progress.say(fault.sentence(path: path)) }
    named += said.count
    unnamed += piece.faults.count - said.count + piece.unnamedFaults
  }

  /// Says how much was not said.
  func sayUnnamed(_ path: String, _ progress: ImportProgress) {
    if unnamed > 0 { progress.say("cannot import \(path): \(unnamed) more values or rows") }
  }

  var description: String {
    let first = isTrial ? "\(rows) rows could be sent" : "\(stored) rows stored"
    return first + ", \(refused) lines refused" + (flawed > 0 ? ", of \(flawed) some fields" : "")
  }
}
