/// How much a writer does for small files, and what it asks of readers. Every profile gives back the same rows.
public enum EncodingProfile: String, Hashable, Sendable, CaseIterable {
  /// For parts that are soon compacted: the first values of a chunk of integers tell the shape of its deltas.
  case quick
  /// For parts that stay: every page of integers has the shape that is smallest after zstd, and every chunk with few
  /// distinct values is tried with a dictionary.
  case thorough
  /// PLAIN and dictionaries only, for readers that know no DELTA_BINARY_PACKED.
  case compat
}
