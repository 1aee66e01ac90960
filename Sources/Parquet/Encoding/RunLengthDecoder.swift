/// Reads the hybrid of run lengths and bit packing (see `RunLengthEncoder` for the layout).
///
/// `unsafe` is sound here: a run or group never fills more of the target than is left of it.
enum RunLengthDecoder {
  /// Reads exactly `count` numbers of `width` bits (0...32).
  static func decode(_ input: inout PageInput, count: Int, width: Int) throws(DecodingFlaw) -> [UInt32] {
    var flaw: DecodingFlaw?
    let numbers = [UInt32](unsafeUninitializedCapacity: count) { target, filled in
      flaw = fill(&input, target, width)
      filled = flaw == nil ? count : 0
    }
    if let flaw { throw flaw }
    return numbers
  }

  /// Reads the definition levels of `count` rows of a flat column: whether each is present.
  static func decodeLevels(_ input: inout PageInput, count: Int) throws(DecodingFlaw) -> [Bool] {
    var flaw: DecodingFlaw?
    let flags = [Bool](unsafeUninitializedCapacity: count) { target, filled in
      // Numbers of one bit are 0 or 1, which are a Bool's two bytes.
      target.withMemoryRebound(to: UInt8.self) { flaw = fill(&input, $0, 1) }
      filled = flaw == nil ? count : 0
    }
    if let flaw { throw flaw }
    return flags
  }

  @inline(__always)
  private static func fill<Number: FixedWidthInteger>(
    _ input: inout PageInput, _ target: UnsafeMutableBufferPointer<Number>, _ width: Int
  ) -> DecodingFlaw? {
    do throws(DecodingFlaw) {
      var next = 0
      while next < target.count {
        let left = target.count &- next
        let start = target.baseAddress! + next
        let header = try input.varint()
        if header & 1 == 0 {
          let length = header >> 1
          guard length > 0, length <= UInt64(left) else { throw .badRun }
          var number: UInt64 = 0
          for byte in 0..<(width &+ 7) >> 3 { number |= UInt64(try input.byte()) &<< UInt64(byte &* 8) }
          guard number >> UInt64(width) == 0 else { throw .badWidth }
          start.initialize(repeating: Number(truncatingIfNeeded: number), count: Int(length))
          next &+= Int(length)
        } else {
          let groups = header >> 1
          // Eight numbers a group. Some writers (DuckDB) fill the last run with groups that stand for nothing.
          guard groups > 0, groups <= 1 << 24 else { throw .badRun }
          let count = min(left, Int(groups) &* 8)
          try input.unpack(count, width: width, from: Int(groups) &* width, into: start)
          next &+= count
        }
      }
      return nil
    } catch {
      return error
    }
  }
}
