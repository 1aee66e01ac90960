import Primitives

/// Rows as lines, in pieces.
///
/// ```
/// writer.begin(row: 17, measurement)
/// writer.tag(name, value)
/// writer.field(name) { … }
/// writer.end(time: …)
/// ```
struct RowWriter {
  private var bytes: [UInt8] = []
  private var piece = ImportPiece()
  private var row = 0
  private var lineStart = 0
  private var hasField = false
  private var refusal: String?
  private var isFlawed = false

  init() {}

  /// Begins a row.
  ///
  /// - Parameter measurement: as a line has it.
  mutating func begin(row: Int, _ measurement: [UInt8]) {
    self.row = row
    lineStart = bytes.count
    hasField = false
    refusal = nil
    isFlawed = false
    bytes += measurement
  }

  /// A tag, or the device as one. An empty value is no tag.
  ///
  /// - Parameter name: as a line has it.
  mutating func tag(_ name: [UInt8], _ value: some Collection<UInt8>, shown: String) {
    if value.isEmpty { return }
    guard let text = LineText.tag(value) else {
      return refuse(
        "\(shown) \(Self.excerpt(value)) is nothing that a line can say: it holds a line end, or ends in a backslash")
    }
    bytes.append(UInt8(ascii: ","))
    bytes += name
    bytes.append(UInt8(ascii: "="))
    bytes += text
  }

  /// A field, whose value `write` puts behind what is there.
  ///
  /// - Parameter name: as a line has it.
  mutating func field(_ name: [UInt8], _ write: (inout [UInt8]) -> Void) {
    bytes.append(hasField ? UInt8(ascii: ",") : UInt8(ascii: " "))
    hasField = true
    bytes += name
    bytes.append(UInt8(ascii: "="))
    write(&bytes)
  }

  /// A field that is an integer, by its digits.
  mutating func integer(_ name: [UInt8], _ digits: some Sequence<UInt8>) {
    field(name) {
      $0 += digits
      $0.append(UInt8(ascii: "i"))
    }
  }

  /// The row cannot be sent.
  mutating func refuse(_ cause: String) { refusal = refusal ?? cause }

  /// A value of the row cannot be sent.
  mutating func leaveOut(_ cause: String) {
    isFlawed = true
    note(cause)
  }

  /// Ends the row. nil for a row without a time.
  mutating func end(time: UnixNanos?) {
    if let time {
      bytes.append(UInt8(ascii: " "))
      bytes += String(time).utf8
      bytes.append(UInt8(ascii: "\n"))
    } else {
      refuse("it has no time")
    }
    if !hasField { refuse(isFlawed ? "none of its values can be sent" : "it has no value") }
    if bytes.count - lineStart > Limits.linePieceBytes {
      refuse("its line has \(bytes.count - lineStart) bytes, and a server takes \(Limits.linePieceBytes)")
    }
    if let refusal {
      bytes.removeLast(bytes.count - lineStart)
      piece.refused += 1
      note(refusal)
      return
    }
    if isFlawed { piece.flawed += 1 }
    piece.rows += 1
    piece.places = (piece.places?.lowerBound ?? row)...row
  }

  /// A row that cannot be read at all.
  mutating func refuse(row: Int, _ cause: String) {
    self.row = row
    piece.refused += 1
    note(cause)
  }

  /// Whether the next row might not fit the piece.
  var isFull: Bool { bytes.count > ImportFile.pieceBytes - Limits.linePieceBytes }

  /// What was written so far; nil if that is nothing.
  mutating func take() -> ImportPiece? {
    if piece.rows == 0 && piece.refused == 0 { return nil }
    var taken = piece
    taken.lines = bytes
    piece = ImportPiece()
    bytes.removeAll(keepingCapacity: true)
    return taken
  }

  private mutating func note(_ cause: String) {
    if piece.faults.count < ImportFile.faultsPerPiece {
      piece.faults.append(RowFault(row: row, cause: cause))
    } else {
      piece.unnamedFaults += 1
    }
  }

  /// The begin of a value, for a message.
  static func excerpt(_ value: some Collection<UInt8>) -> String {
    let text = String(decoding: value.prefix(40), as: UTF8.self)
    return "'" + String(text.map { $0.isNewline ? "⏎" : $0 }) + (value.count > 40 ? "…'" : "'")
  }
}
