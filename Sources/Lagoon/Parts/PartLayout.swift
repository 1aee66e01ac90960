import Text

/// What the columns of a part mean, as its footer says, for who takes its rows over.
public struct PartLayout: Sendable {
  /// A column of the file.
  public struct Column: Hashable, Sendable {
    public let name: String
    /// Whether its texts are numbers that no other type holds.
    public let isNumberText: Bool
  }

  /// A tag or a field.
  public struct Value: Hashable, Sendable {
    /// As it was sent.
    public let name: String
    /// Where its value stands: in the first of them that has one.
    public let columns: [Column]
  }

  /// The measurement or the table that the part was written for.
  public let table: String
  /// Whether a table of ours has that name: what the part holds may be no readings.
  public let isOwnTable: Bool
  public let tags: [Value]
  public let fields: [Value]

  /// The columns that every part has.
  public static let device = TableSchema.device
  public static let time = TableSchema.time
  public static let received = TableSchema.received

  /// nil where the footer does not say it: another program wrote the file.
  ///
  /// - Parameter metadata: of the footer.
  public init?(metadata: [(String, String)]) {
    let said = Dictionary(metadata, uniquingKeysWith: { first, _ in first })
    guard let table = said[PartSchema.tableKey], let text = said[PartSchema.columnsKey],
      let entries = (try? JSONReader.read(text))?.elements
    else { return nil }
    self.table = table
    isOwnTable = TableName.reserved.contains(table)
    var tags: [Value] = []
    var names: [String] = []
    var columns: [String: [Column]] = [:]
    for entry in entries {
      guard let column = entry["column"]?.text, let name = entry["name"]?.text,
        let role = entry["role"]?.text.flatMap(StoredColumn.Role.init)
      else { continue }
      let own = Column(name: column, isNumberText: role == .text)
      switch role {
      case .tag: tags.append(Value(name: name, columns: [own]))
      // What siblings have counts before what the field's own column has.
      case .field: columns[name, default: []].append(own)
      default: columns[name, default: []].insert(own, at: 0)
      }
      if role != .tag && !names.contains(name) { names.append(name) }
    }
    self.tags = tags
    fields = names.map { Value(name: $0, columns: columns[$0] ?? []) }
  }
}
