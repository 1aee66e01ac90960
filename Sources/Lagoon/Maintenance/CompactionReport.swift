/// What a compaction did, for who asked for it.
struct CompactionReport: Sendable, Equatable {
  var mergedParts = 0
  var madeParts = 0
  var bytesBefore = 0
  var bytesAfter = 0
  /// Rows that said what another one did, or were joined with it.
  var joinedRows = 0

  /// Counts a part that was made of several.
  mutating func add(_ made: PartMerge.Result, of group: [Part]) {
    mergedParts += group.count
    madeParts += made.part == nil ? 0 : 1
    bytesBefore += group.reduce(0) { $0 + $1.byteCount }
    bytesAfter += made.part?.byteCount ?? 0
    joinedRows += made.joinedRows
  }
}
