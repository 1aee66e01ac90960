/// How DELTA_BINARY_PACKED divides a page's differences, all of it valid: a block has one lowest difference, a
/// miniblock one width, and a width may be larger than what is needed.
struct DeltaShape: Hashable {
  /// Differences of a block: a multiple of 128.
  let blockValues: Int
  /// Miniblocks of a block; each holds a multiple of 32 differences.
  let miniblocks: Int
  /// Widths are rounded up to a multiple of this; 4 and 8 leave nibbles and bytes that zstd can code.
  let widthStep: Int

  var miniblockValues: Int { blockValues / miniblocks }

  init(blockValues: Int, miniblocks: Int, widthStep: Int = 1) {
    precondition(
      blockValues > 0 && blockValues % 128 == 0 && miniblocks > 0 && blockValues % miniblocks == 0
        && blockValues / miniblocks % 32 == 0 && widthStep > 0 && 64 % widthStep == 0,
      "BUG: a delta shape against the format")
    self.blockValues = blockValues
    self.miniblocks = miniblocks
    self.widthStep = widthStep
  }

  /// What every writer writes.
  static let standard = DeltaShape(blockValues: 128, miniblocks: 4)
}
