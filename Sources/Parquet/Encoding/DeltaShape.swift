/// How DELTA_BINARY_PACKED divides a page's differences, all of it valid: a block has one lowest difference, a
/// miniblock one width; the one may be lower and the other larger than what is needed.
///
/// A miniblock holds 32 or 64 differences: arrow-rs, and so DataFusion and deltalake's QueryBuilder, cannot skip rows in
/// larger ones. What would be one large miniblock is a run of small ones of one width: its bytes are the same, but for
/// more bytes of width, of which zstd leaves next to nothing.
struct DeltaShape: Hashable {
  /// Differences of a block: a multiple of 128.
  let blockValues: Int
  /// Miniblocks of a block.
  let miniblocks: Int
  /// So many miniblocks one behind the other have one width.
  let widthRun: Int
  /// Widths are rounded up to a multiple of this; 4 and 8 leave nibbles and bytes that zstd can code.
  let widthStep: Int
  /// Whether every block has the page's lowest difference: then a byte means the same number all through the page.
  let sharesLowest: Bool

  var miniblockValues: Int { blockValues / miniblocks }

  init(blockValues: Int, miniblocks: Int, widthRun: Int = 1, widthStep: Int = 1, sharesLowest: Bool = false) {
    precondition(
      blockValues > 0 && blockValues % 128 == 0 && miniblocks > 0 && blockValues % miniblocks == 0
        && (blockValues / miniblocks == 32 || blockValues / miniblocks == 64)
        && widthRun > 0 && miniblocks % widthRun == 0 && widthStep > 0 && 64 % widthStep == 0,
      "BUG: a delta shape against the format, or one that a reader in use cannot skip")
    self.blockValues = blockValues
    self.miniblocks = miniblocks
    self.widthRun = widthRun
    self.widthStep = widthStep
    self.sharesLowest = sharesLowest
  }

  /// What every writer writes.
  static let standard = DeltaShape(blockValues: 128, miniblocks: 4)

  /// The shapes of which a page gets the smallest after zstd. One lowest difference for the whole page, and widths of
  /// whole nibbles or bytes, leave zstd something to code; short miniblocks keep an outlier from widening many.
  static let tried = [
    standard,
    DeltaShape(blockValues: 2_048, miniblocks: 64, widthStep: 8, sharesLowest: true),
    DeltaShape(blockValues: 1_024, miniblocks: 16, widthRun: 2, widthStep: 8, sharesLowest: true),
    DeltaShape(blockValues: 128, miniblocks: 2, widthRun: 2, widthStep: 8, sharesLowest: true),
    DeltaShape(blockValues: 1_024, miniblocks: 16, widthRun: 2, widthStep: 4, sharesLowest: true),
    DeltaShape(blockValues: 4_096, miniblocks: 64, widthRun: 64, sharesLowest: true),
  ]
}
