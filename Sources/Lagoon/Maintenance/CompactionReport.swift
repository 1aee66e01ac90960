/// What a compaction did, for who asked for it.
struct CompactionReport: Sendable, Equatable {
  var mergedParts = 0
  var madeParts = 0
  var bytesBefore = 0
  var bytesAfter = 0
  /// Rows that said what another one did, or were joined with it.
  var joinedRows = 0
}
