import CPcap
import Primitives

/// The UDP datagrams that pass a network interface, by libpcap: a ring shared with the kernel, a filter in the kernel, and
/// an account of what the ring had no room for.
///
/// One thread at a time. `next()` never waits; `fileDescriptor` tells a poller when there is something.
///
/// `unsafe` is sound here: the handle is owned by this value and closed with it; a packet's memory is libpcap's until
/// its next call, and `payload` cannot outlive the borrow of this value, which `next()` ends.
public struct LiveCapture: ~Copyable, @unchecked Sendable {
  private let handle: OpaquePointer
  /// For a `Poller`.
  public let fileDescriptor: Int32
  private let linkType: LinkType
  /// Nanoseconds in a unit of what libpcap calls microseconds: one, where the interface tells nanoseconds.
  private let fractionNanos: Int64
  private var unpacker = FrameUnpacker()
  private var frame: UnsafePointer<UInt8>?
  private var frameLength = 0

  /// What frames were, beside those of other protocols that the filter kept out.
  public var counts: CaptureCounts { unpacker.counts }
  public var datagram: CapturedDatagram { unpacker.datagram }

  public struct Settings: Sendable {
    public var interface: String
    /// pcap-filter(7).
    public var filter: String
    /// Takes what is not for this host.
    public var isPromiscuous: Bool
    public var bufferBytes: Int

    public init(interface: String, filter: String, isPromiscuous: Bool, bufferBytes: Int) {
      self.interface = interface
      self.filter = filter
      self.isPromiscuous = isPromiscuous
      self.bufferBytes = bufferBytes
    }
  }

  /// How long the kernel gathers packets before it wakes us.
  private static let gatherMillis: Int32 = 20

  /// Opens the interface; `any` is all of them.
  public static func open(_ settings: Settings) throws(CaptureError) -> LiveCapture {
    LiveCapture(handle: try opened(settings))
  }

  private init(handle: OpaquePointer) {
    self.handle = handle
    fileDescriptor = pcap_get_selectable_fd(handle)
    linkType = LinkType(number: UInt16(truncatingIfNeeded: pcap_datalink(handle)))
    fractionNanos =
      pcap_get_tstamp_precision(handle) == PCAP_TSTAMP_PRECISION_NANO ? 1 : Nanos.perMicrosecond
  }

  /// A handle that captures, or none.
  private static func opened(_ settings: Settings) throws(CaptureError) -> OpaquePointer {
    var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    guard let handle = pcap_create(settings.interface, &message) else {
      throw .interface(settings.interface, cause: text(message))
    }
    pcap_set_snaplen(handle, Limits.liveFrameBytes)
    pcap_set_promisc(handle, settings.isPromiscuous ? 1 : 0)
    pcap_set_timeout(handle, gatherMillis)
    pcap_set_buffer_size(handle, Int32(clamping: settings.bufferBytes))
    pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO)
    do throws(CaptureError) {
      let status = pcap_activate(handle)
      if status < 0 {
        let cause = "\(String(cString: pcap_statustostr(status))) \(String(cString: pcap_geterr(handle)))"
        throw .interface(settings.interface, cause: cause)
      }
      try apply(settings.filter, to: handle)
      guard pcap_setnonblock(handle, 1, &message) == 0 else {
        throw .interface(settings.interface, cause: text(message))
      }
      if pcap_get_selectable_fd(handle) < 0 { throw .interface(settings.interface, cause: "it cannot be waited for") }
    } catch {
      pcap_close(handle)
      throw error
    }
    return handle
  }

  deinit {
    pcap_close(handle)
  }

  private static func text(_ message: [CChar]) -> String {
    String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func apply(_ filter: String, to handle: OpaquePointer) throws(CaptureError) {
    if filter.isEmpty { return }
    var program = try compiled(filter, for: handle)
    defer { pcap_freecode(&program) }
    guard pcap_setfilter(handle, &program) == 0 else {
      throw .filter(filter, cause: String(cString: pcap_geterr(handle)))
    }
  }

  private static func compiled(_ filter: String, for handle: OpaquePointer) throws(CaptureError) -> bpf_program {
    var program = bpf_program()
    guard pcap_compile(handle, &program, filter, 1, bpf_u_int32(PCAP_NETMASK_UNKNOWN)) == 0 else {
      throw .filter(filter, cause: String(cString: pcap_geterr(handle)))
    }
    return program
  }

  /// Why a filter cannot be compiled, for checking a configuration; nil if it can.
  public static func fault(ofFilter filter: String) -> String? {
    guard !filter.isEmpty else { return nil }
    guard let handle = pcap_open_dead(DLT_EN10MB, Limits.liveFrameBytes) else { return "out of memory" }
    defer { pcap_close(handle) }
    do throws(CaptureError) {
      var program = try compiled(filter, for: handle)
      pcap_freecode(&program)
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// Goes to the next datagram that was captured; false if there is none now.
  public mutating func next() -> Bool {
    if unpacker.hasMore && unpacker.nextInterleaved() { return true }
    while true {
      var header: UnsafeMutablePointer<pcap_pkthdr>?
      var bytes: UnsafePointer<UInt8>?
      guard pcap_next_ex(handle, &header, &bytes) == 1, let header, let bytes else { return false }
      if take(header.pointee, bytes) { return true }
    }
  }

  /// The payload of `datagram`, until the next call of `next()`.
  public var payload: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      let whole =
        switch unpacker.place {
        case .frame: RawSpan(_unsafeStart: UnsafeRawPointer(frame!), byteCount: frameLength)
        case .assembled: unpacker.assembler.whole
        case .interleaved: unpacker.streams.packet
        }
      return _overrideLifetime(whole.extracting(unpacker.payloadRange), borrowing: self)
    }
  }

  /// Packets that found no room in the ring, or that the interface dropped, since the capture began.
  public var dropCount: UInt64 {
    var statistics = pcap_stat()
    guard pcap_stats(handle, &statistics) == 0 else { return 0 }
    return UInt64(statistics.ps_drop) + UInt64(statistics.ps_ifdrop)
  }

  private mutating func take(_ header: pcap_pkthdr, _ bytes: UnsafePointer<UInt8>) -> Bool {
    frame = bytes
    frameLength = Int(header.caplen)
    let time = Int64(header.ts.tv_sec) * Nanos.perSecond + Int64(header.ts.tv_usec) * fractionNanos
    let place = Frame(
      offset: 0, capturedLength: frameLength, wireLength: max(frameLength, Int(header.len)), linkType: linkType,
      time: time, isTimed: true)
    unpacker.counts.frames &+= 1
    return unpacker.take(place, in: RawSpan(_unsafeStart: UnsafeRawPointer(bytes), byteCount: frameLength))
  }
}
