internal import Sys

/// The UDP datagrams of a pcap or pcapng file, in the order of the file.
///
/// ```
/// var reader = try CaptureReader(path: "a.pcap")
/// while reader.next() {
///   decode(reader.payload, from: reader.datagram.source, at: reader.datagram.time)
/// }
/// ```
///
/// It reads Ethernet with VLAN tags, LLC/SNAP, PPPoE and MPLS, Linux cooked frames, raw IP, null/loopback, PPP and
/// NFLOG; takes the datagram out of IP-in-IP, GRE, and tunnels over UDP (VXLAN, GENEVE, GTP-U, TZSP, L2TP); and puts
/// fragments of IPv4 and IPv6 together. Packets that RTSP carries in its TCP connection are delivered as datagrams are. Files
/// may be packed by gzip or zstd. No checksum is verified: on the sending host, where the network card computes it,
/// captures hold unfinished ones. Whatever a file holds, reading goes on as far as frames can be found, and `counts` names what
/// was not delivered.
public struct CaptureReader: ~Copyable {
  private var storage: CaptureStorage
  private var progress: CaptureProgress

  /// Maps the file at `path`, which must not be cut while it is read.
  public init(path: String) throws(CaptureError) {
    let file: MappedFile
    do {
      file = try MappedFile(path, sequential: true)
    } catch {
      throw CaptureError.unreadable(path: path, cause: "\(error)")
    }
    try self.init(storage: CaptureStorage(mapped: file), path: path)
  }

  /// Reads a file's bytes; `name` is for errors.
  public init(bytes: [UInt8], name: String = "in memory") throws(CaptureError) {
    try self.init(storage: CaptureStorage(copying: bytes), path: name)
  }

  private init(storage given: consuming CaptureStorage, path: String) throws(CaptureError) {
    var storage = given
    // Of a packed file, what the head needs.
    _ = storage.holds(upTo: 28)
    progress = CaptureProgress(cursor: try FrameCursor(file: storage.bytes, path: path))
    self.storage = storage
  }

  /// Goes to the next datagram; false at the end of the file, or where nothing more can be found in a damaged one.
  public mutating func next() -> Bool {
    progress.next(in: &storage)
  }

  /// The datagram to which the last `next()` that returned true went.
  public var datagram: CapturedDatagram { progress.unpacker.datagram }

  /// The payload of `datagram`, until the next call of `next()`.
  public var payload: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      switch progress.unpacker.place {
      case .frame: storage.bytes.extracting(progress.unpacker.payloadRange)
      case .assembled: progress.unpacker.assembler.whole.extracting(progress.unpacker.payloadRange)
      case .interleaved: progress.unpacker.streams.packet.extracting(progress.unpacker.payloadRange)
      }
    }
  }

  /// The account so far; whole once `next()` returned false.
  public var counts: CaptureCounts { progress.unpacker.counts }

  /// Octets of the file that were read, for a progress display.
  public var position: Int { storage.progress(at: progress.cursor.position) }

  /// Octets of the file.
  public var byteCount: Int { storage.fileByteCount }
}
