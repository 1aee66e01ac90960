import Primitives

/// Values as other programs alone write them, and as all do.
///
/// `unsafe` is sound here: what is loaded was taken from the input, which checks it against the page's end.
extension ChunkDecoder {
  /// PLAIN integers of any width.
  func plainIntegers(_ input: inout PageInput, count: Int) throws(DecodingFlaw) -> [Int64] {
    switch form {
    case .int32(let isSigned):
      guard count <= input.left / 4 else { throw .endsEarly }
      let bytes = try input.take(count * 4)
      return (0..<count).map { index in
        let word = bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
        return isSigned ? Int64(Int32(bitPattern: word)) : Int64(word)
      }
    case .int96: return try moments(&input, count: count)
    case .fixed(let width): return try bigEndian(&input, count: count, width: width)
    default: return try Self.words(&input, count: count)
    }
  }

  /// PLAIN doubles, or floats.
  func plainDoubles(_ input: inout PageInput, count: Int) throws(DecodingFlaw) -> [Double] {
    guard form == .float else { return try Self.words(&input, count: count) }
    guard count <= input.left / 4 else { throw .endsEarly }
    let bytes = try input.take(count * 4)
    return (0..<count).map { Double(bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self)) }
  }

  /// DELTA_BINARY_PACKED. Sums of 32 bits wrap at 32 bits.
  func deltas(_ input: inout PageInput, count: Int) throws(DecodingFlaw) -> [Int64] {
    let values = try DeltaDecoder.decode(&input, count: count)
    guard case .int32(let isSigned) = form else { return values }
    return values.map {
      isSigned ? Int64(Int32(truncatingIfNeeded: $0)) : Int64(UInt32(truncatingIfNeeded: $0))
    }
  }

  /// BYTE_STREAM_SPLIT: hands over the rest of the page as PLAIN values.
  func unsplit<Value>(
    _ input: inout PageInput, _ count: Int, _ read: (inout PageInput) throws(DecodingFlaw) -> [Value]
  ) throws(DecodingFlaw) -> [Value] {
    guard let width = form.width, count <= input.left / width else { throw .endsEarly }
    let bytes = try input.take(count * width)
    var whole = [UInt8](repeating: 0, count: count * width)
    for byte in 0..<width {
      for index in 0..<count {
        whole[index * width + byte] = bytes.load(fromByteOffset: byte * count + index, as: UInt8.self)
      }
    }
    var flaw: DecodingFlaw?
    var values: [Value] = []
    whole.withUnsafeBytes { bytes in
      var part = PageInput(bytes)
      do throws(DecodingFlaw) { values = try read(&part) } catch { flaw = error }
    }
    if let flaw { throw flaw }
    return values
  }

  /// DELTA_LENGTH_BYTE_ARRAY: all lengths, then all octets. Returns the entry of each.
  mutating func stringsBehindLengths(_ input: inout PageInput, count: Int) throws(DecodingFlaw) -> [UInt32] {
    let lengths = try DeltaDecoder.decode(&input, count: count)
    var places: [UInt32] = []
    places.reserveCapacity(count)
    for length in lengths {
      guard length >= 0, length <= Int64(input.left) else { throw .endsEarly }
      let bytes = try input.take(Int(length))
      places.append(strings.intern(UnsafeRawBufferPointer(start: bytes, count: Int(length))))
    }
    return places
  }

  /// DELTA_BYTE_ARRAY: what each shares with the one before, then the rest of each. Returns the entry of each.
  mutating func stringsBehindPrefixes(_ input: inout PageInput, count: Int) throws(DecodingFlaw) -> [UInt32] {
    let prefixes = try DeltaDecoder.decode(&input, count: count)
    let lengths = try DeltaDecoder.decode(&input, count: count)
    var last: [UInt8] = []
    // A few octets may stand for many: no page means more than one may hold.
    var room = Limits.readablePageBytes
    var places: [UInt32] = []
    places.reserveCapacity(count)
    for (prefix, length) in zip(prefixes, lengths) {
      guard prefix >= 0, prefix <= Int64(last.count), length >= 0, length <= Int64(input.left) else { throw .endsEarly }
      let bytes = UnsafeRawBufferPointer(start: try input.take(Int(length)), count: Int(length))
      last.removeLast(last.count - Int(prefix))
      last.append(contentsOf: bytes)
      room -= last.count
      guard room >= 0 else { throw .numberTooLarge }
      places.append(last.withUnsafeBytes { strings.intern($0) })
    }
    return places
  }

  /// INT96: nanoseconds of the day (8), Julian day (4), both little-endian.
  private func moments(_ input: inout PageInput, count: Int) throws(DecodingFlaw) -> [Int64] {
    guard count <= input.left / 12 else { throw .endsEarly }
    let bytes = try input.take(count * 12)
    /// 1970-01-01.
    let firstDay: Int64 = 2_440_588
    var values: [Int64] = []
    values.reserveCapacity(count)
    for index in 0..<count {
      let nanos = bytes.loadUnaligned(fromByteOffset: index * 12, as: Int64.self)
      let day = Int64(bytes.loadUnaligned(fromByteOffset: index * 12 + 8, as: UInt32.self)) - firstDay
      let (start, isBeyond) = day.multipliedReportingOverflow(by: 86_400_000_000_000)
      let (moment, overflow) = start.addingReportingOverflow(nanos)
      guard !isBeyond, !overflow else { throw .numberTooLarge }
      values.append(moment)
    }
    return values
  }

  /// Numbers of any width that 64 bits hold.
  private func bigEndian(_ input: inout PageInput, count: Int, width: Int) throws(DecodingFlaw) -> [Int64] {
    guard count <= input.left / width else { throw .endsEarly }
    let bytes = UnsafeRawBufferPointer(start: try input.take(count * width), count: count * width)
    var values: [Int64] = []
    values.reserveCapacity(count)
    for start in stride(from: 0, to: count * width, by: width) {
      let sign: UInt8 = bytes[start] & 0x80 == 0 ? 0 : 0xFF
      var value = Int64(bitPattern: sign == 0 ? 0 : .max)
      for (place, byte) in bytes[start..<start + width].enumerated() {
        // What stands above the lowest eight octets may only repeat the sign.
        if place < width - 8 && byte != sign { throw .numberTooLarge }
        value = value << 8 | Int64(byte)
      }
      guard (value < 0) == (sign != 0) else { throw .numberTooLarge }
      values.append(value)
    }
    return values
  }

  /// A page of version 2 as one of version 1 would be: the levels as they are, then what the values expand to.
  func bodyOfVersionTwo(
    _ header: PageHeader, _ bytes: [UInt8], _ stored: Range<Int>, _ pageThing: String
  ) throws(ParquetError) -> [UInt8] {
    let (levelBytes, overflow) = header.repetitionBytes.addingReportingOverflow(header.definitionBytes)
    guard !overflow, levelBytes <= stored.count, levelBytes <= header.uncompressedBytes else {
      throw ParquetError(pageThing, "its levels are longer than the page")
    }
    let values = stored.dropFirst(levelBytes)
    let levels = Array(bytes[stored.lowerBound..<stored.lowerBound + levelBytes])
    if !header.isCompressed { return levels + bytes[values] }
    if values.isEmpty { return levels }
    let valueBytes = header.uncompressedBytes - levelBytes
    return levels + (try expanded(bytes, values, byteCount: valueBytes, pageThing))
  }

  mutating func decodeVersionTwo(
    _ header: PageHeader, _ body: [UInt8], _ rows: Range<Int>, _ pageThing: String
  ) throws(ParquetError) {
    let encoding = try encoding(header, pageThing)
    guard header.repetitionBytes == 0, header.definitionBytes <= body.count else {
      throw ParquetError(pageThing, "its levels are none of a flat column")
    }
    try decodeData(body, encoding, rows, pageThing) { input throws(DecodingFlaw) in
      if header.definitionBytes == 0 { return nil }
      var part = try input.part(header.definitionBytes)
      return try Self.levels(&part, count: rows.count)
    }
  }
}
