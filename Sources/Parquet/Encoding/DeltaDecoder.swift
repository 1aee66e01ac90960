/// Reads DELTA_BINARY_PACKED of every shape (see `DeltaEncoder` for the layout).
///
/// `unsafe` is sound here: numbers are unpacked into the part of the target that is still to be filled, never more than
/// are left of `count`.
enum DeltaDecoder {
  /// Reads exactly `count` values.
  static func decode(_ input: inout PageInput, count: Int) throws(DecodingFlaw) -> [Int64] {
    let blockValues = try input.count(atMost: 1 << 24)
    let miniblocks = try input.count(atMost: 1 << 16)
    guard blockValues > 0, miniblocks > 0, blockValues % miniblocks == 0, blockValues / miniblocks % 32 == 0 else {
      throw .badShape
    }
    guard try input.varint() == UInt64(count) else { throw .badCount }
    let first = try input.zigzag()
    if count == 0 { return [] }
    var values = [Int64](repeating: 0, count: count)
    values[0] = first
    var flaw: DecodingFlaw?
    values.withUnsafeMutableBufferPointer { target in
      do throws(DecodingFlaw) {
        try blocks(&input, miniblocks, blockValues / miniblocks, target)
      } catch {
        flaw = error
      }
    }
    if let flaw { throw flaw }
    return values
  }

  /// Fills `target` from its second value on; the first is there.
  private static func blocks(
    _ input: inout PageInput, _ miniblocks: Int, _ miniblockValues: Int, _ target: UnsafeMutableBufferPointer<Int64>
  ) throws(DecodingFlaw) {
    var last = target[0]
    var next = 1
    while next < target.count {
      let lowest = try input.zigzag()
      let widths = try input.take(miniblocks)
      for miniblock in 0..<miniblocks where next < target.count {
        let width = Int(widths.load(fromByteOffset: miniblock, as: UInt8.self))
        guard width <= 64 else { throw .badWidth }
        let count = min(miniblockValues, target.count &- next)
        let start = target.baseAddress! + next
        let byteCount = BitPacking.byteCount(miniblockValues, width: width)
        try input.unpack(count, width: width, from: byteCount, into: start)
        for index in 0..<count {
          last = last &+ lowest &+ start[index]
          start[index] = last
        }
        next &+= count
      }
    }
  }
}
