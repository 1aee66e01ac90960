/// A file whose rows come as lines.
public protocol ImportSource {
  /// What is sent, for who asks before it is.
  var plan: ImportPlan { get }
  /// Octets of the file that were read, and all that are to be read: twice the file where it is read twice.
  var progress: (done: Int, total: Int) { get }

  /// The next lines; nil at the end.
  mutating func next() throws -> ImportPiece?
}

/// What a file's columns become.
public struct ImportPlan: Sendable {
  /// What a field holds.
  public enum ValueKind: String, Sendable {
    case integer
    case number
    case boolean
    case text
  }

  public var format: ImportFormat
  /// nil where each line says its own.
  public var measurement: String?
  public var time = ""
  public var device = ""
  public var tags: [String] = []
  public var fields: [(name: String, kind: ValueKind)] = []
  /// Columns that hold nothing, or that are left out.
  public var unused: [String] = []
  /// The unit of the lines' times.
  public var precision = "ns"

  init(_ format: ImportFormat) { self.format = format }
}

/// Lines that are sent at once, and the rows that are none.
public struct ImportPiece: Sendable {
  public var lines: [UInt8] = []
  /// Rows behind the lines; 0 where nobody has counted.
  public var rows = 0
  /// The first and the last of them in the file.
  public var places: ClosedRange<Int>?
  /// Rows that cannot be lines.
  public var refused = 0
  /// Rows of which some values cannot be sent.
  public var flawed = 0
  /// What is wrong with them, the first of them all.
  public var faults: [RowFault] = []
  /// How many more there are.
  public var unnamedFaults = 0

  init() {}
}

/// Opens files, whatever they are.
public enum ImportFile {
  /// What is sent at once.
  public static let pieceBytes = 1 << 20
  /// Rows that are looked at before a piece is given out, whatever is in it.
  static let rowsPerPiece = 100_000
  /// Rows of one piece that are named.
  static let faultsPerPiece = 100

  /// A file's rows. Of CSV all of it is read once, to learn what its columns hold.
  ///
  /// - Parameter whileLooking: called while CSV is read for the first time.
  /// - Throws: `ImportError`, or what the file system says.
  public static func open(
    _ path: String, _ options: ImportOptions, whileLooking: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> any ImportSource {
    let head = try UnpackedFile(path).head
    switch options.format ?? .of(path: path, head: head) {
    case .lines: return try LineFile(path, precision: options.precision)
    case .csv:
      var rows = try CSVRows(path, separator: options.separator)
      if case .row = try rows.next(), FluxFile.isOne(rows.cell(0)) { return try FluxFile(path, options) }
      return try CSVFile(path, options, whileLooking: whileLooking)
    case .parquet: return try ParquetFile(path, options)
    }
  }
}
