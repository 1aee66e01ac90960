public import Primitives
import Synchronization
public import Telemetry

/// The last refusals by listener, reason and address, so that each can be followed to its sender: shared by lanes,
/// committers and readers.
///
/// Bounded by `Limits.refusals`: where a new one finds no room, an eighth leaves, those that happened once first, then
/// those that happened the longest ago. The ledger counts them all.
public final class RefusalLog: Sendable {
  /// Why something was not taken, as the ledger has it.
  public enum Reason: Hashable, Sendable {
    case rejected(RejectReason)
    case shed(ShedReason)

    /// As the ledger labels it.
    public var label: String {
      switch self {
      case .rejected(let reason): reason.label
      case .shed(let reason): reason.label
      }
    }
  }

  /// What the refusals counted together have in common.
  struct Key: Hashable {
    var listener: Int
    var reason: Reason
    /// Without a port; all zeros where it is not known.
    var address: SourceAddress
  }

  /// One kind of refusal.
  public struct Refusal: Sendable {
    /// The listener's number.
    public var listener: Int
    public var reason: Reason
    /// nil where the rows of many were not taken together.
    public var address: SourceAddress?
    /// Whose part was refused last, where the datagrams from there told that.
    public var device: String?
    /// Datagrams or rows.
    public var count: UInt64
    public var last: UnixNanos
    /// The first octets of a datagram of the last time, give or take a moment.
    public var sample: [UInt8]
  }

  private struct Known {
    var count: UInt64
    var last: UnixNanos
    var sample: [UInt8]
  }

  private let known = Mutex<[Key: Known]>([:])
  /// Who was told by a datagram of which something was refused.
  private let devices = Mutex<[Sender: String]>([:])

  private struct Sender: Hashable {
    var listener: Int
    var address: SourceAddress
  }

  public init() {}

  /// Newest first.
  public var all: [Refusal] {
    let known = known.withLock { $0 }
    let devices = devices.withLock { $0 }
    return known.map { key, known in
      let isKnown = key.address.high != 0 || key.address.low != 0
      return Refusal(
        listener: key.listener, reason: key.reason, address: isKnown ? key.address : nil,
        device: devices[Sender(listener: key.listener, address: key.address)], count: known.count,
        last: known.last, sample: known.sample)
    }
    .sorted { ($0.last, $0.count, $0.listener) > ($1.last, $1.count, $1.listener) }
  }

  /// Notes whose part of a datagram was refused, where an address is that of many.
  func noteDevice(_ device: String, at address: SourceAddress, listener: Int) {
    devices.withLock { devices in
      let sender = Sender(listener: listener, address: address)
      if devices[sender] == device { return }
      if devices.count >= Limits.refusals, devices[sender] == nil { devices.removeAll() }
      devices[sender] = device
    }
  }

  /// Takes what a lane noted.
  func add(_ notes: borrowing RefusalNotes) {
    known.withLock { known in
      for index in 0..<notes.count {
        let note = notes[index]
        let key = Key(listener: Int(note.listener), reason: note.reason, address: note.address)
        Self.add(note.count, at: note.lastNanos, sample: notes.sample(of: index), key, to: &known)
      }
    }
  }

  /// Notes what was shed of batches that could not be taken: rows of many senders.
  ///
  /// - Parameters:
  ///   - before: what of each listener had been shed by its lane, and so noted.
  ///   - counts: what is now.
  public func noteShed(since before: [[UInt64]], _ counts: [LedgerCounts], at nanos: UnixNanos) {
    for (listener, counts) in counts.enumerated() where counts.shed != before[listener] {
      for reason in ShedReason.allCases {
        let index = Int(reason.rawValue)
        let more = counts.shed[index] - before[listener][index]
        if more == 0 { continue }
        let key = Key(
          listener: listener, reason: .shed(reason), address: SourceAddress(high: 0, low: 0, port: 0))
        known.withLock { Self.add(more, at: nanos, sample: [], key, to: &$0) }
      }
    }
  }

  private static func add(
    _ count: UInt64, at nanos: UnixNanos, sample: [UInt8], _ key: Key, to known: inout [Key: Known]
  ) {
    if var old = known[key] {
      old.count += count
      old.last = max(old.last, nanos)
      if !sample.isEmpty { old.sample = sample }
      known[key] = old
      return
    }
    if known.count >= Limits.refusals { makeRoom(in: &known) }
    known[key] = Known(count: count, last: nanos, sample: sample)
  }

  private static func makeRoom(in known: inout [Key: Known]) {
    let order = known.sorted {
      ($0.value.count > 1 ? 1 : 0, $0.value.last) < ($1.value.count > 1 ? 1 : 0, $1.value.last)
    }
    for (key, _) in order.prefix(Limits.refusals / 8) { known[key] = nil }
  }
}

extension RefusalLog.Refusal {
  /// The sample as text: printable ASCII as it is, a backslash doubled, any other octet as `\xNN`.
  public var sampleText: String {
    var text: [UInt8] = []
    for octet in sample {
      switch octet {
      case UInt8(ascii: "\\"): text += [octet, octet]
      case 0x20..<0x7F: text.append(octet)
      default: text += Array("\\x\(Hexadecimal.text([octet]))".utf8)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
