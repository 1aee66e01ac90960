import Checksum
import Gzip
import Primitives
import Zstd

/// Decodes pages of a column chunk, keeping the rows that are wanted.
struct ChunkDecoder {
  let form: ValueForm
  private let isOptional: Bool
  /// Whether what other programs alone write is read too.
  let isForeign: Bool
  private let compression: CompressionCodec?
  /// In the row group.
  let wanted: Range<Int>
  private let thing: String
  private let codec = ZstdCodec()
  private var pageNumber = 0

  // The chunk's dictionary, of the column's type; entries of strings are in `strings`, and this is where.
  var hasDictionary = false
  var dictionaryIntegers: [Int64] = []
  var dictionaryDoubles: [Double] = []
  var dictionaryPlaces: [UInt32] = []

  // The rows so far.
  var integers: [Int64] = []
  var doubles: [Double] = []
  var booleans: [Bool] = []
  var stringIndexes: [UInt32] = []
  var strings = StringColumnBuilder()
  /// Nil as long as no row is null.
  private var isPresent: [Bool]?
  private var rowCount = 0

  init(
    _ form: ValueForm, isOptional: Bool, isForeign: Bool, codec: Int32, wanted: Range<Int>, thing: String
  ) {
    self.form = form
    self.isOptional = isOptional
    self.isForeign = isForeign
    self.compression = CompressionCodec(rawValue: codec)
    self.wanted = wanted
    self.thing = thing
    switch form.target {
    case .boolean: booleans.reserveCapacity(wanted.count)
    case .integer: integers.reserveCapacity(wanted.count)
    case .double: doubles.reserveCapacity(wanted.count)
    case .string: stringIndexes.reserveCapacity(wanted.count)
    }
  }

  /// Decodes pages one after the other, which must hold `rows` of the row group.
  mutating func decode(_ bytes: [UInt8], rows: Range<Int>) throws(ParquetError) {
    var position = 0
    var nextRow = rows.lowerBound
    while position < bytes.count {
      let pageThing = "page \(pageNumber) of \(thing)"
      pageNumber += 1
      var reader = ThriftReader(bytes, from: position, thing: pageThing)
      let header = try PageHeader(reading: &reader)
      let start = reader.position
      guard header.compressedBytes <= bytes.count - start, header.uncompressedBytes <= Limits.readablePageBytes
      else { throw ParquetError(pageThing, "\(header.compressedBytes) bytes where \(bytes.count - start) are left") }
      position = start + header.compressedBytes
      switch PageType(rawValue: header.type) {
      case .dictionary:
        guard !hasDictionary, nextRow == rows.lowerBound else { throw ParquetError(pageThing, "a second dictionary") }
        try decodeDictionary(header, try body(header, bytes, start, pageThing), pageThing)
      case .dataV2 where !isForeign: throw ParquetError(pageThing, "version 2 data pages are not supported")
      case .data, .dataV2:
        guard header.valueCount >= 0, header.valueCount <= rows.upperBound - nextRow else {
          throw ParquetError(pageThing, "\(header.valueCount) rows where \(rows.upperBound - nextRow) are left")
        }
        let pageRows = nextRow..<nextRow + header.valueCount
        nextRow = pageRows.upperBound
        // What nobody wants is not even decompressed.
        if pageRows.clamped(to: wanted).isEmpty { continue }
        let page = try body(header, bytes, start, pageThing)
        if header.type == PageType.dataV2.rawValue {
          try decodeVersionTwo(header, page, pageRows, pageThing)
        } else {
          try decodeData(header, page, pageRows, pageThing)
        }
      case .index: continue
      case nil: throw ParquetError(pageThing, "a page of unknown type \(header.type)")
      }
    }
    guard nextRow == rows.upperBound else {
      throw ParquetError(thing, "its pages end at row \(nextRow) of \(rows.upperBound)")
    }
  }

  /// The rows.
  consuming func finish() -> ColumnData {
    let values: ColumnValues
    switch form.target {
    case .boolean: values = .boolean(booleans)
    case .integer: values = .int64(integers)
    case .double: values = .double(doubles)
    case .string:
      var column = strings.finish()
      column.indexes = stringIndexes
      values = .string(column)
    }
    return ColumnData(values: values, isPresent: isPresent)
  }

  /// A page's bytes, checked and decompressed.
  private func body(
    _ header: PageHeader, _ bytes: [UInt8], _ start: Int, _ pageThing: String
  ) throws(ParquetError) -> [UInt8] {
    let stored = start..<start + header.compressedBytes
    if let checksum = header.checksum {
      let found = bytes.withUnsafeBytes { CRC32.of(UnsafeRawBufferPointer(rebasing: $0[stored])) }
      guard found == checksum else { throw ParquetError(pageThing, "its checksum is wrong") }
    }
    if header.type == PageType.dataV2.rawValue { return try bodyOfVersionTwo(header, bytes, stored, pageThing) }
    return try expanded(bytes, stored, byteCount: header.uncompressedBytes, pageThing)
  }

  /// Bytes of a page as they were before they were compressed.
  func expanded(
    _ bytes: [UInt8], _ stored: Range<Int>, byteCount: Int, _ pageThing: String
  ) throws(ParquetError) -> [UInt8] {
    func unpack(_ body: (UnsafeRawBufferPointer) -> [UInt8]?) -> [UInt8]? {
      bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[stored])) }
    }
    let body: [UInt8]?
    switch compression {
    case .uncompressed?:
      guard byteCount == stored.count else { throw ParquetError(pageThing, "two sizes") }
      return Array(bytes[stored])
    case .zstd?: body = unpack { codec.decompress($0, byteCount: byteCount) }
    case .snappy?: body = unpack { Snappy.decompress($0, byteCount: byteCount) }
    case .gzip?: body = unpack { Self.gunzip($0, byteCount: byteCount) }
    case nil: throw ParquetError(pageThing, "its compression is not supported")
    }
    guard let body else { throw ParquetError(pageThing, "it cannot be decompressed to \(byteCount) bytes") }
    return body
  }

  private static func gunzip(_ source: UnsafeRawBufferPointer, byteCount: Int) -> [UInt8]? {
    let stream = GunzipStream()
    var taken = 0
    let text = [UInt8](unsafeUninitializedCapacity: byteCount) { target, filled in
      while !stream.isOver && filled < byteCount {
        let room = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(target)[filled...])
        let step = stream.expand(UnsafeRawBufferPointer(rebasing: source[taken...]), into: room)
        if step.taken == 0 && step.written == 0 { break }
        taken += step.taken
        filled += step.written
      }
    }
    return text.count == byteCount && !stream.isDamaged ? text : nil
  }

  private mutating func decodeData(
    _ header: PageHeader, _ body: [UInt8], _ rows: Range<Int>, _ pageThing: String
  ) throws(ParquetError) {
    let encoding = try encoding(header, pageThing)
    guard !isOptional || header.levelEncoding == ValueEncoding.rle.rawValue else {
      throw ParquetError(pageThing, "definition levels other than RLE are not supported")
    }
    try decodeData(body, encoding, rows, pageThing) { [isOptional] input throws(DecodingFlaw) in
      guard isOptional else { return nil }
      var part = try input.part(Int(try input.word()))
      return try Self.levels(&part, count: rows.count)
    }
  }

  private mutating func decodeDictionary(
    _ header: PageHeader, _ body: [UInt8], _ pageThing: String
  ) throws(ParquetError) {
    guard header.encoding == ValueEncoding.plain.rawValue || header.encoding == ValueEncoding.plainDictionary.rawValue
    else { throw Self.unsupported(header.encoding, pageThing) }
    guard header.valueCount >= 0, header.valueCount <= body.count else {
      throw ParquetError(pageThing, "\(header.valueCount) entries in \(body.count) bytes")
    }
    var flaw: DecodingFlaw?
    body.withUnsafeBytes { bytes in
      var input = PageInput(bytes)
      do throws(DecodingFlaw) {
        try decodeEntries(&input, count: header.valueCount)
        guard input.left == 0 else { throw .leftOver }
      } catch {
        flaw = error
      }
    }
    if let flaw { throw ParquetError(pageThing, flaw.cause) }
    hasDictionary = true
  }

  /// Decodes a data page whose levels `levels` takes from its begin.
  mutating func decodeData(
    _ body: [UInt8], _ encoding: ValueEncoding, _ rows: Range<Int>, _ pageThing: String,
    levels: (inout PageInput) throws(DecodingFlaw) -> [Bool]?
  ) throws(ParquetError) {
    let kept = wanted.clamped(to: rows).shifted(by: -rows.lowerBound)
    var flaw: DecodingFlaw?
    body.withUnsafeBytes { bytes in
      var input = PageInput(bytes)
      do throws(DecodingFlaw) {
        let flags = try levels(&input)
        try decodeValues(&input, encoding, kept, flags, count: PresentRows.count(flags, 0..<rows.count))
        guard input.left == 0 else { throw .leftOver }
        keep(flags, kept)
      } catch {
        flaw = error
      }
    }
    if let flaw { throw ParquetError(pageThing, flaw.cause) }
  }

  /// Whether each row of a page is present, by all that `part` holds; nil when all are.
  static func levels(_ part: inout PageInput, count: Int) throws(DecodingFlaw) -> [Bool]? {
    let flags = try RunLengthDecoder.decodeLevels(&part, count: count)
    guard part.left == 0 else { throw .leftOver }
    return PresentRows.count(flags, 0..<count) == count ? nil : flags
  }

  private mutating func keep(_ flags: [Bool]?, _ kept: Range<Int>) {
    defer { rowCount += kept.count }
    guard let flags, flags[kept].contains(false) else {
      isPresent?.append(contentsOf: repeatElement(true, count: kept.count))
      return
    }
    if isPresent == nil { isPresent = Array(repeating: true, count: rowCount) }
    isPresent?.append(contentsOf: flags[kept])
  }

  func encoding(_ header: PageHeader, _ pageThing: String) throws(ParquetError) -> ValueEncoding {
    guard let encoding = ValueEncoding(rawValue: header.encoding), form.takes(encoding, isForeign: isForeign) else {
      throw Self.unsupported(header.encoding, pageThing)
    }
    return encoding
  }

  private static func unsupported(_ encoding: Int32, _ pageThing: String) -> ParquetError {
    let name = ValueEncoding(rawValue: encoding).map(\.description) ?? "number \(encoding)"
    return ParquetError(pageThing, "encoding \(name) is not supported for this column")
  }
}
