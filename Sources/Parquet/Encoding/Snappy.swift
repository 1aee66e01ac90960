/// Decompresses Snappy's raw format (google/snappy, format_description.txt), in which other programs write pages.
///
///     varint   octets of the text
///     element  tag & 3: 0 literal, 1 copy of 4…11 octets from up to 2,047 back, 2 copy of 1…64 with 16 bits of offset,
///              3 the same with 32 bits
enum Snappy {
  /// The text; nil unless it is sound and has exactly that length.
  static func decompress(_ source: UnsafeRawBufferPointer, byteCount: Int) -> [UInt8]? {
    var position = 0
    guard let length = varint(source, &position), length == byteCount else { return nil }
    var isSound = true
    let text = [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
      while position < source.count && isSound { isSound = element(source, &position, output, &count) }
      isSound = isSound && count == byteCount
    }
    return isSound ? text : nil
  }

  private static func varint(_ source: UnsafeRawBufferPointer, _ position: inout Int) -> Int? {
    var value = 0
    for shift in stride(from: 0, to: 35, by: 7) {
      guard position < source.count else { return nil }
      let byte = source[position]
      position += 1
      value |= Int(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }

  private static func number(_ source: UnsafeRawBufferPointer, _ position: inout Int, bytes: Int) -> Int? {
    guard bytes <= source.count - position else { return nil }
    var value = 0
    for index in 0..<bytes { value |= Int(source[position + index]) << (8 * index) }
    position += bytes
    return value
  }

  private static func element(
    _ source: UnsafeRawBufferPointer, _ position: inout Int, _ output: UnsafeMutableBufferPointer<UInt8>,
    _ count: inout Int
  ) -> Bool {
    let tag = Int(source[position])
    position += 1
    if tag & 3 == 0 {
      var length = tag >> 2 + 1
      if length > 60 {
        guard let long = number(source, &position, bytes: length - 60) else { return false }
        length = long + 1
      }
      guard length <= source.count - position, length <= output.count - count else { return false }
      for index in 0..<length { output[count + index] = source[position + index] }
      position += length
      count += length
      return true
    }
    let isShort = tag & 3 == 1
    let length = isShort ? tag >> 2 & 7 + 4 : tag >> 2 + 1
    guard var offset = number(source, &position, bytes: isShort ? 1 : tag & 3 == 2 ? 2 : 4) else { return false }
    if isShort { offset |= (tag >> 5) << 8 }
    guard offset > 0, offset <= count, length <= output.count - count else { return false }
    // A copy may reach into itself.
    for index in 0..<length { output[count + index] = output[count + index - offset] }
    count += length
    return true
  }
}
