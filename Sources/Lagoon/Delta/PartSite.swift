/// What a commit asks of the place where parts stand.
protocol PartSite: Sendable {
  /// Whether the file of a part is there.
  func has(_ part: Part, of table: TableName) -> Bool

  /// Looks at the parts that other programs added: those that cannot be read become strangers.
  func resolveStrangers(of table: inout TableState)

  /// Lets go of what memory has of parts that are no longer live.
  func forget(_ parts: [Part], of table: TableName)
}
