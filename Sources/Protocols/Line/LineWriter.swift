public import Primitives
import Registry
public import Telemetry

/// Lines that somebody waits for, to rows in a batch: by the decoder that datagrams take, with word of each that is
/// refused. State of one thread.
public struct LineWriter: ~Copyable {
  private let listener: Int
  private let bounds: TimeBounds
  private var clockDoubt: ClockDoubt
  private var decoded = DecodedDatagram()
  private var encoder: RowEncoder
  private var refusals: RefusalNotes
  /// Whether the committer is to be told that numbers mean something else from the next batch on.
  private var beginsAnew = false

  /// - Parameter listener: its place in the counts of every batch.
  public init(listener: Int, bounds: TimeBounds, admission: Admission, seed: UInt64) {
    self.listener = listener
    self.bounds = bounds
    clockDoubt = ClockDoubt(believed: bounds.believed)
    encoder = RowEncoder(admission: admission, deviceTags: Array(repeating: nil, count: listener + 1), seed: seed)
    encoder.notesFaults = true
    refusals = RefusalNotes(seed: seed)
  }

  public mutating func admit(by admission: Admission) { encoder.admit(by: admission) }

  /// Whether unsealed rows take all the memory that they may: then nothing is to be taken.
  public var isFull: Bool { encoder.admission.quota.isFull }

  /// Begins to fill `batch`, whose records will stand in the journal segment `segment`.
  public mutating func begin(_ batch: Batch, segment: UInt64) {
    batch.reset()
    batch.segment = segment
    if encoder.turn(to: segment) { beginsAnew = true }
    batch.beginsAnew = beginsAnew
  }

  /// The batch was handed over.
  public mutating func noteHandedOver() { beginsAnew = false }

  /// Tells the log of refusals what there is to tell, now and then.
  public mutating func tellRefusals(monotonicNanos: Int64, isLast: Bool = false) {
    refusals.tell(encoder.admission.refusals, monotonicNanos: monotonicNanos, isLast: isLast)
  }

  /// Writes the rows of a piece into a batch, which has room for those of a datagram. What the receipt says holds once the
  /// batch is committed.
  public mutating func take(_ piece: LinePiece, arrivalNanos: UnixNanos, into batch: Batch) -> LineReceipt {
    let text = piece.bytes.span.bytes
    var receipt = LineReceipt(.stored)
    batch.counts[listener].received += 1
    if piece.isCut {
      batch.counts[listener].rejected[Int(RejectReason.truncated.rawValue)] += 1
      receipt.refusedLines = 1
      note(.refused(.truncated), at: 0, text, piece, arrivalNanos, &receipt)
      return receipt
    }
    decoded.reset()
    let verdict = LineProtocolDecoder.decode(text, unitNanos: piece.unitNanos, into: &decoded)
    receipt.refusedLines = decoded.refusedLineCount
    receipt.flawedLines = decoded.flawedLineCount
    for index in 0..<decoded.refusedLines.count {
      let line = decoded.refusedLines[index]
      let reason = RejectReason(rawValue: line.code)
      note(
        line.isFieldOnly ? .fieldsRefused(reason) : .refused(reason), at: Int(line.offset), text, piece, arrivalNanos,
        &receipt)
    }
    if case .rejected(let reason) = verdict {
      batch.counts[listener].rejected[Int(reason.rawValue)] += 1
      // Lines of another kind altogether: there is no one line to name.
      if reason != .empty && receipt.refusedLines == 0 { receipt.refusedLines = 1 }
      return receipt
    }
    batch.counts[listener].decoded += 1
    leaveOut(piece, text, arrivalNanos, batch, &receipt)
    let rowsBefore = batch.rowCounts[listener]
    let shortBefore = batch.counts[listener].shed[Int(ShedReason.unsealedLimit.rawValue)]
    batch.records.putOrigin(listener: UInt8(listener), arrivalNanos: arrivalNanos)
    let written = encoder.encode(decoded, of: text, from: origin(piece.source, arrivalNanos), into: batch)
    receipt.rows = Int(batch.rowCounts[listener] &- rowsBefore)
    // There is room again in a while.
    if batch.counts[listener].shed[Int(ShedReason.unsealedLimit.rawValue)] != shortBefore {
      receipt.fate = .unavailable
    }
    receipt.refusedLines += decoded.rows.count - receipt.rows
    if receipt.rows < decoded.rows.count { noteRows(written, text, piece, arrivalNanos, &receipt) }
    return receipt
  }

  /// Takes the rows out that are of devices for which nobody may write by that token.
  private mutating func leaveOut(
    _ piece: LinePiece, _ text: RawSpan, _ arrivalNanos: UnixNanos, _ batch: Batch, _ receipt: inout LineReceipt
  ) {
    guard let mayWrite = piece.mayWrite else { return }
    var kept = 0
    var last: (key: [UInt8], mayWrite: Bool)?
    for index in 0..<decoded.rows.count {
      let row = decoded.rows[index]
      let key = decoded.text(row.key, of: text).withUnsafeBytes { Array($0) }
      var device: String?
      if last?.key != key {
        device = self.device(of: key)
        // A key that makes no sense is refused for that.
        last = (key, device.map(mayWrite) ?? true)
      }
      if last?.mayWrite ?? true {
        decoded.rows[kept] = row
        kept += 1
        continue
      }
      batch.counts[listener].rejectedRows[Int(RejectReason.outOfScope.rawValue)] += 1
      receipt.refusedLines += 1
      note(
        .refused(.outOfScope), at: row.key.offset, text, piece, arrivalNanos, &receipt,
        device: device ?? self.device(of: key))
    }
    decoded.rows.truncate(to: kept)
  }

  /// The registry's id of the device of a key, or what the key says.
  private func device(of key: [UInt8]) -> String? {
    guard case .series(let series) = LineProtocolDecoder.seriesKey(from: key.span.bytes, deviceTag: nil) else {
      return nil
    }
    let device = series.device.composed
    return encoder.admission.registry.id(of: device) ?? device
  }

  private mutating func noteRows(
    _ written: RowEncoder.Written, _ text: RawSpan, _ piece: LinePiece, _ arrivalNanos: UnixNanos,
    _ receipt: inout LineReceipt
  ) {
    for fault in encoder.rowFaults where fault.row < decoded.rows.count {
      note(fault.cause, at: decoded.rows[fault.row].key.offset, text, piece, arrivalNanos, &receipt)
    }
    if written == .refused(.unknownDevice) {
      encoder.admission.unknown.note(
        encoder.refusedDevice, source: piece.source, listener: Self.listenerName, at: arrivalNanos)
    }
  }

  /// What lines are counted as that come by HTTP, in the ledger and in metrics.
  public static let listenerName = "http"

  /// Tells of a line to who waits, if there is room, and to the log of refusals.
  private mutating func note(
    _ cause: LineFault.Cause, at offset: Int, _ text: RawSpan, _ piece: LinePiece, _ nanos: UnixNanos,
    _ receipt: inout LineReceipt, device: String? = nil
  ) {
    var end = offset
    while end < text.byteCount && end - offset < Limits.lineFaultBytes && text.octet(end) != UInt8(ascii: "\n") {
      end += 1
    }
    let line = text.extracting(min(offset, end)..<end)
    let (isShed, code): (Bool, UInt8) =
      switch cause {
      case .refused(let reason), .fieldsRefused(let reason): (false, reason.rawValue)
      case .shed(let reason): (true, reason.rawValue)
      }
    refusals.note(isShed: isShed, code, listener: listener, source: piece.source, at: nanos, line)
    if receipt.faults.count >= Limits.lineFaults { return }
    let shown = line.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    let label = isShed ? ShedReason(rawValue: code)?.label : RejectReason(rawValue: code).label
    receipt.faults.append(LineFault(text: shown, device: device, cause: cause, label: label ?? ""))
  }

  private mutating func origin(_ source: SourceAddress, _ arrivalNanos: UnixNanos) -> RowEncoder.Origin {
    let believedNanos = arrivalNanos &- clockDoubt.aheadNanos(at: arrivalNanos)
    return RowEncoder.Origin(
      listener: listener, source: source, arrival: ArrivalTime(nanos: arrivalNanos),
      oldestNanos: bounds.readingsAgeNanos.map { believedNanos.subtractingReportingOverflow($0).partialValue }
        ?? Int64.min,
      clock: bounds.clock(at: arrivalNanos, isEvent: false))
  }
}
