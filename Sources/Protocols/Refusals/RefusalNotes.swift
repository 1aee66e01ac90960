import Primitives
import Telemetry

/// What a lane refused since it was told last: counted by listener, reason and address in a small table of its own, so
/// that a refused datagram costs a look-up and no lock.
///
/// Bounded: kinds of refusals beyond `Limits.refusalsNoted` between two looks are in the ledger alone.
struct RefusalNotes: ~Copyable {
  struct Note: BitwiseCopyable {
    var address: SourceAddress
    var count: UInt64
    var lastNanos: UnixNanos
    /// When the sample was taken.
    var sampledNanos: UnixNanos
    var listener: UInt8
    var isShed: Bool
    /// The raw value of the reason.
    var code: UInt8
    var sampleLength: UInt8

    var reason: RefusalLog.Reason {
      if isShed { return .shed(ShedReason(rawValue: code) ?? .journalFailed) }
      return .rejected(RejectReason(rawValue: code))
    }
  }

  private var notes = Slab<Note>(capacity: Limits.refusalsNoted)
  private var samples = Slab<UInt8>(repeating: 0, count: Limits.refusalsNoted * Limits.refusalSampleBytes)
  /// Open addressing, at most half full; a note's place plus one.
  private var index = Slab<UInt16>(repeating: 0, count: 2 * Limits.refusalsNoted)
  private let seed: UInt64
  private var nextTellNanos = Int64.min
  /// How often the log is told, and how often a sample is taken anew.
  private static let tellNanos = 200 * Nanos.perMillisecond
  private static let sampleNanos = 100 * Nanos.perMillisecond

  init(seed: UInt64) {
    self.seed = seed
  }

  var count: Int { notes.count }

  subscript(place: Int) -> Note { notes[place] }

  func sample(of place: Int) -> [UInt8] {
    let start = place &* Limits.refusalSampleBytes
    return (start..<start &+ Int(notes[place].sampleLength)).map { samples[$0] }
  }

  /// Notes `count` datagrams or rows from a source.
  mutating func note(
    isShed: Bool, _ code: UInt8, listener: Int, source: SourceAddress, count: UInt64 = 1, at nanos: UnixNanos,
    _ datagram: RawSpan
  ) {
    let address = source.withoutPort
    let kind = UInt64(listener) << 16 | (isShed ? 1 << 8 : 0) | UInt64(code)
    let product = (address.low &+ address.high ^ seed).multipliedFullWidth(by: kind ^ 0xA076_1D64_78BD_642F)
    var at = Int(truncatingIfNeeded: product.high ^ product.low) & (self.index.count &- 1)
    while index[at] != 0 {
      let place = Int(index[at]) &- 1
      let known = notes[place]
      let isSame =
        known.code == code && known.isShed == isShed && Int(known.listener) == listener
        && known.address.low == address.low && known.address.high == address.high
      if isSame {
        notes.update(place) { note in
          note.count &+= count
          note.lastNanos = max(note.lastNanos, nanos)
        }
        if nanos &- known.sampledNanos >= Self.sampleNanos { takeSample(datagram, place, nanos) }
        return
      }
      at = (at &+ 1) & (index.count &- 1)
    }
    let new = Note(
      address: address, count: count, lastNanos: nanos, sampledNanos: nanos,
      listener: UInt8(truncatingIfNeeded: listener), isShed: isShed, code: code, sampleLength: 0)
    if !notes.append(new) { return }
    index[at] = UInt16(truncatingIfNeeded: notes.count)
    takeSample(datagram, notes.count &- 1, nanos)
  }

  private mutating func takeSample(_ datagram: RawSpan, _ place: Int, _ nanos: UnixNanos) {
    let length = min(datagram.byteCount, Limits.refusalSampleBytes)
    let start = place &* Limits.refusalSampleBytes
    for offset in 0..<length {
      samples[start &+ offset] = datagram.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
    notes.update(place) { note in
      note.sampledNanos = nanos
      note.sampleLength = UInt8(truncatingIfNeeded: length)
    }
  }

  /// Tells the log, now and then; `isLast` at once.
  mutating func tell(_ log: RefusalLog, monotonicNanos: Int64, isLast: Bool = false) {
    if notes.isEmpty || !isLast && monotonicNanos < nextTellNanos { return }
    nextTellNanos = monotonicNanos &+ Self.tellNanos
    log.add(self)
    notes.removeAll()
    for at in 0..<index.count { index[at] = 0 }
  }
}
