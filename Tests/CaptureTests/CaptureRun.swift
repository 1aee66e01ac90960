import Capture
import Testing

/// Everything that a reader delivered.
struct CaptureRun {
  var datagrams: [CapturedDatagram] = []
  var payloads: [[UInt8]] = []
  var counts: CaptureCounts

  init(_ bytes: [UInt8]) throws {
    var reader = try CaptureReader(bytes: bytes)
    self.init(&reader)
  }

  init(path: String) throws {
    var reader = try CaptureReader(path: path)
    self.init(&reader)
  }

  private init(_ reader: inout CaptureReader) {
    var datagrams: [CapturedDatagram] = []
    var payloads: [[UInt8]] = []
    while reader.next() {
      datagrams.append(reader.datagram)
      let payload = reader.payload
      payloads.append(payload.withUnsafeBytes { Array($0) })
    }
    let again = reader.next()
    #expect(!again)
    self.datagrams = datagrams
    self.payloads = payloads
    counts = reader.counts
    #expect(counts.isBalanced)
    #expect(counts.datagrams == datagrams.count)
  }

  /// The frames of an Ethernet capture, read.
  init(ethernet frames: [UInt8]...) throws {
    try self.init(CaptureFile.classic(frames).bytes)
  }

  /// One frame of a link type, read.
  init(linkType: Int, _ frame: [UInt8]) throws {
    try self.init(CaptureFile.classic(linkType: linkType, [frame]).bytes)
  }
}
