/// What one listener did with what it was sent, since the process began.
///
/// It balances at every moment that it can be seen, since counts travel with the batch that they speak of and are added
/// at once when its rows are in the tables:
/// - `received = decoded + rejected` in datagrams (`kernelDropped` never reached the socket and stands apart);
/// - `rows + events = stored + duplicate + shed` in rows. Rows that were refused inside a datagram whose other rows stand
///   are `rejectedRows`, not rows.
public struct LedgerCounts: Sendable, Equatable {
  public var received: UInt64 = 0
  public var kernelDropped: UInt64 = 0
  public var decoded: UInt64 = 0
  public var rows: UInt64 = 0
  public var events: UInt64 = 0
  public var readings: UInt64 = 0
  public var stored: UInt64 = 0
  public var duplicate: UInt64 = 0
  /// Datagrams by `RejectReason` raw value.
  public var rejected = [UInt64](repeating: 0, count: RejectReason.codeLimit)
  /// Rows by `RejectReason` raw value.
  public var rejectedRows = [UInt64](repeating: 0, count: RejectReason.codeLimit)
  /// Fields by `RejectReason` raw value, refused inside rows that stand.
  public var rejectedFields = [UInt64](repeating: 0, count: RejectReason.codeLimit)
  /// Rows by `ShedReason` raw value.
  public var shed = [UInt64](repeating: 0, count: ShedReason.allCases.count)
  /// Rows stored whose device clock was further ahead than is believed: kept at their arrival time.
  public var clockAhead: UInt64 = 0
  /// Rows stored whose device clock was never set, or wrapped: kept at their arrival time.
  public var clockBehind: UInt64 = 0
  /// Octets behind messages that stand.
  public var trailingBytes: UInt64 = 0
  /// Rows stored whose time was finer than their table's, and was cut to it.
  public var timeCut: UInt64 = 0

  public init() {}

  /// Datagrams refused, for whatever reason.
  public var rejectedTotal: UInt64 { rejected.reduce(0, +) }
  public var rejectedFieldsTotal: UInt64 { rejectedFields.reduce(0, +) }
  public var shedTotal: UInt64 { shed.reduce(0, +) }

  /// Whether both accounts balance.
  public var isBalanced: Bool {
    received == decoded + rejectedTotal && rows + events == stored + duplicate + shedTotal
  }

  /// Takes a row out again whose fate is not known yet; `settle` counts it when it is.
  @inlinable
  public mutating func putOff(readings count: UInt64, isEvent: Bool) {
    if isEvent { events &-= 1 } else { rows &-= 1 }
    readings &-= count
  }

  /// Counts a row that was put off.
  @inlinable
  public mutating func settle(readings count: UInt64, isEvent: Bool, isDoubled: Bool) {
    if isEvent { events &+= 1 } else { rows &+= 1 }
    readings &+= count
    if isDoubled { duplicate &+= 1 } else { stored &+= 1 }
  }

  /// Adds what another came to.
  public mutating func add(_ other: LedgerCounts) {
    received += other.received
    kernelDropped += other.kernelDropped
    decoded += other.decoded
    // A batch takes out what is put off, be it more than it brought.
    rows &+= other.rows
    events &+= other.events
    readings &+= other.readings
    stored += other.stored
    duplicate += other.duplicate
    clockAhead += other.clockAhead
    clockBehind += other.clockBehind
    trailingBytes += other.trailingBytes
    timeCut += other.timeCut
    for index in rejected.indices {
      rejected[index] += other.rejected[index]
      rejectedRows[index] += other.rejectedRows[index]
      rejectedFields[index] += other.rejectedFields[index]
    }
    for index in shed.indices { shed[index] += other.shed[index] }
  }

  /// Zero again; the arrays keep their storage.
  public mutating func reset() {
    received = 0
    kernelDropped = 0
    decoded = 0
    rows = 0
    events = 0
    readings = 0
    stored = 0
    duplicate = 0
    clockAhead = 0
    clockBehind = 0
    trailingBytes = 0
    timeCut = 0
    for index in rejected.indices {
      rejected[index] = 0
      rejectedRows[index] = 0
      rejectedFields[index] = 0
    }
    for index in shed.indices { shed[index] = 0 }
  }
}
