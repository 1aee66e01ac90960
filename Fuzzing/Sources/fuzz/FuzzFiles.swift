import Capture
import Parquet
import Protocols
import Registry
import Telemetry

/// Files, and what is decoded without a lane.
enum FuzzFiles {
  /// CBOR where the first octet says an array of it, else JSON.
  static func senml(_ bytes: RawSpan) {
    let isArray = bytes.byteCount > 0 && bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self) >> 5 == 4
    FuzzSenML.shared.decode(bytes, isCBOR: isArray)
  }

  static func capture(_ bytes: [UInt8]) {
    guard var reader = try? CaptureReader(bytes: bytes) else { return }
    var octets = 0
    while reader.next() { octets += reader.payload.byteCount }
    precondition(reader.counts.isBalanced, "BUG: the capture's account does not balance")
    precondition(octets >= 0)
  }

  static func parquet(_ bytes: [UInt8]) {
    guard let reader = try? ParquetReader(MemoryBytes(bytes)) else { return }
    for group in reader.rowGroups.indices {
      // A footer may promise any number of rows; what is not there cannot be read, however long it takes.
      guard reader.rowGroups[group].rowCount <= 1 << 16 else { continue }
      for column in reader.schema.columns.indices {
        _ = try? reader.pages(column: column, rowGroup: group)
        _ = try? reader.read(column: column, rowGroup: group, rows: 0..<reader.rowGroups[group].rowCount)
      }
    }
    try? reader.verify()
  }

  static func registry(_ bytes: [UInt8]) {
    _ = try? DeviceRegistry.load(devices: bytes)
    _ = try? DeviceRegistry.load(devices: Array("id,class\n".utf8), areas: bytes)
    _ = try? DeviceRegistry.load(devices: Array("id,class\n".utf8), ranges: bytes)
  }
}

/// One decoder for all inputs, as a lane has it. libFuzzer calls from one thread.
private final class FuzzSenML: @unchecked Sendable {
  static let shared = FuzzSenML()

  private var decoder = SenMLDecoder()
  private var out = DecodedDatagram()
  private let name = Array("weather".utf8)

  func decode(_ bytes: RawSpan, isCBOR: Bool) {
    out.reset()
    let name = name
    let place = SenMLPackPlace.datagram(offset: 0)
    if isCBOR {
      _ = decoder.decodeCBOR(bytes, place: place, measurement: name.span.bytes, arrivalNanos: 0, into: &out)
    } else {
      _ = decoder.decodeJSON(bytes, place: place, measurement: name.span.bytes, arrivalNanos: 0, into: &out)
    }
  }
}
