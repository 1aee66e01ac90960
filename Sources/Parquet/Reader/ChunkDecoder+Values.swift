/// Values of one page.
///
/// `unsafe` is sound here: what is copied was taken from the input, which checks it against the page's end, and has the
/// size of what it is copied to.
extension ChunkDecoder {
  /// Text that rows may have before a page: with one more page it is far below what a `StringColumn` holds.
  private static let textBytes = 1 << 30

  /// Decodes the `count` values of a page's present rows and appends those of its rows `kept`.
  mutating func decodeValues(
    _ input: inout PageInput, _ encoding: ValueEncoding, _ kept: Range<Int>, _ isPresent: [Bool]?, count: Int
  ) throws(DecodingFlaw) {
    switch form.target {
    case .boolean:
      let dense =
        encoding == .rle ? try Self.flags(&input, count: count) : try Self.bits(&input, count: count)
      PresentRows.spread(dense, kept, isPresent, placeholder: false, to: &booleans)
    case .integer:
      let dense: [Int64] =
        switch encoding {
        case .deltaBinaryPacked: try deltas(&input, count: count)
        case .plain: try plainIntegers(&input, count: count)
        case .byteStreamSplit:
          try unsplit(&input, count) { input throws(DecodingFlaw) in
            try plainIntegers(&input, count: count)
          }
        default: try Self.look(up: try indexes(&input, count: count), in: dictionaryIntegers)
        }
      PresentRows.spread(dense, kept, isPresent, placeholder: 0, to: &integers)
    case .double:
      let dense: [Double] =
        switch encoding {
        case .plain: try plainDoubles(&input, count: count)
        case .byteStreamSplit:
          try unsplit(&input, count) { input throws(DecodingFlaw) in
            try plainDoubles(&input, count: count)
          }
        default: try Self.look(up: try indexes(&input, count: count), in: dictionaryDoubles)
        }
      PresentRows.spread(dense, kept, isPresent, placeholder: 0, to: &doubles)
    case .string:
      guard strings.byteCount <= Self.textBytes else { throw .tooMuchText }
      let dense: [UInt32] =
        switch encoding {
        case .plain: try plainStrings(&input, count: count)
        case .deltaLengthByteArray: try stringsBehindLengths(&input, count: count)
        case .deltaByteArray: try stringsBehindPrefixes(&input, count: count)
        default: try Self.look(up: try indexes(&input, count: count), in: dictionaryPlaces)
        }
      PresentRows.spread(dense, kept, isPresent, placeholder: 0, to: &stringIndexes)
    }
  }

  /// Decodes the entries of the chunk's dictionary.
  mutating func decodeEntries(_ input: inout PageInput, count: Int) throws(DecodingFlaw) {
    switch form.target {
    case .integer: dictionaryIntegers = try plainIntegers(&input, count: count)
    case .double: dictionaryDoubles = try plainDoubles(&input, count: count)
    case .string: dictionaryPlaces = try plainStrings(&input, count: count)
    case .boolean: throw .noDictionary
    }
  }

  /// The dictionary indexes of a page: a byte of width, then the RLE hybrid.
  private func indexes(_ input: inout PageInput, count: Int) throws(DecodingFlaw) -> [UInt32] {
    guard hasDictionary else { throw .noDictionary }
    // A page without values may end here.
    if count == 0, input.left == 0 { return [] }
    let width = Int(try input.byte())
    guard width <= 32 else { throw .badWidth }
    return try RunLengthDecoder.decode(&input, count: count, width: width)
  }

  private static func look<Value: BitwiseCopyable>(
    up indexes: [UInt32], in dictionary: [Value]
  ) throws(DecodingFlaw) -> [Value] {
    var highest: UInt32 = 0
    for index in indexes { highest = max(highest, index) }
    if indexes.isEmpty { return [] }
    guard Int(highest) < dictionary.count else { throw .badIndex }
    return [Value](unsafeUninitializedCapacity: indexes.count) { target, filled in
      for row in indexes.indices { target.initializeElement(at: row, to: dictionary[Int(indexes[row])]) }
      filled = indexes.count
    }
  }

  /// PLAIN integers or doubles: eight bytes each, little-endian as every platform of ours.
  static func words<Value: BitwiseCopyable>(
    _ input: inout PageInput, count: Int
  ) throws(DecodingFlaw) -> [Value] {
    let bytes = try input.take(count * 8)
    return [Value](unsafeUninitializedCapacity: count) { target, filled in
      UnsafeMutableRawBufferPointer(target).copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: count * 8))
      filled = count
    }
  }

  /// PLAIN booleans: eight a byte.
  private static func bits(_ input: inout PageInput, count: Int) throws(DecodingFlaw) -> [Bool] {
    let bytes = try input.take((count + 7) / 8)
    return [Bool](unsafeUninitializedCapacity: count) { target, filled in
      for index in 0..<count {
        let byte = bytes.load(fromByteOffset: index >> 3, as: UInt8.self)
        target.initializeElement(at: index, to: byte >> UInt8(index & 7) & 1 == 1)
      }
      filled = count
    }
  }

  /// RLE booleans: length (4, little-endian), the hybrid of width 1.
  private static func flags(_ input: inout PageInput, count: Int) throws(DecodingFlaw) -> [Bool] {
    var part = try input.part(Int(try input.word()))
    let flags = try RunLengthDecoder.decodeLevels(&part, count: count)
    guard part.left == 0 else { throw .leftOver }
    return flags
  }

  /// PLAIN strings: length (4, little-endian), bytes. Returns the entry of each.
  private mutating func plainStrings(_ input: inout PageInput, count: Int) throws(DecodingFlaw) -> [UInt32] {
    // Each takes its length at least.
    guard count <= input.left / 4 else { throw .endsEarly }
    var places: [UInt32] = []
    places.reserveCapacity(count)
    for _ in 0..<count {
      let length = Int(try input.word())
      let bytes = try input.take(length)
      places.append(strings.intern(UnsafeRawBufferPointer(start: bytes, count: length)))
    }
    return places
  }
}
