import Primitives

/// Writes an Arrow IPC stream (Arrow columnar format 1.0, "IPC Streaming Format").
///
/// ```
/// message:  ff ff ff ff | octets of metadata i32 | metadata (a FlatBuffer `Message`, padded to 8) | body
/// stream:   schema, record batches, end
/// body of a batch: its columns' buffers, each padded to 8
/// end:      ff ff ff ff | 0 i32
/// ```
struct ArrowStream {
  static let contentType = "application/vnd.apache.arrow.stream"

  /// The type of a message's header, and the version of the format's metadata (V5).
  private enum Header: UInt8 {
    case schema = 1
    case recordBatch = 3
  }
  private static let version: Int16 = 4

  private(set) var bytes: [UInt8] = []

  init(columns: [ArrowColumn]) {
    // endianness (default: little), fields
    append(.schema, FlatTable(nil, .tables(columns.map(\.field))), body: [])
  }

  /// Adds the rows of columns that are equally long, in the schema's order.
  mutating func append(batch columns: [ArrowColumn]) {
    var body: [UInt8] = []
    var places: [Int64] = []
    for buffer in columns.flatMap(\.buffers) {
      places += [Int64(body.count), Int64(buffer.count)]
      body += buffer
      while body.count % 8 != 0 { body.append(0) }
    }
    let counts = columns.flatMap { [Int64($0.count), Int64($0.nullCount)] }
    let rows = Int64(columns.first?.count ?? 0)
    // length, nodes, buffers
    append(
      .recordBatch, FlatTable(.long(rows), .structs(counts, width: 2), .structs(places, width: 2)), body: body)
  }

  /// Hands over what was written so far, and goes on behind it.
  mutating func move(to other: inout [UInt8]) {
    other += bytes
    bytes.removeAll(keepingCapacity: true)
  }

  mutating func end() {
    bytes += [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]
  }

  private mutating func append(_ header: Header, _ table: FlatTable, body: [UInt8]) {
    // version, type of the header, header, octets of the body
    let message = FlatTable(
      .short(Self.version), .byte(header.rawValue), .table(table), .long(Int64(body.count)))
    let metadata = FlatBuffer(root: message).bytes
    bytes += [0xff, 0xff, 0xff, 0xff]
    withUnsafeBytes(of: Int32(metadata.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes += metadata
    bytes += body
  }
}
