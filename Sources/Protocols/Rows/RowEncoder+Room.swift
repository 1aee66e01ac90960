import Primitives
import Telemetry

/// Whether a datagram's records fit the room that a batch keeps for one: looked at before the first is written, since a
/// few octets can name a long text many times (a SenML base unit or base name stands once and counts in every layout).
extension RowEncoder {
  /// Rows and fields that surely fit, whatever their texts are.
  private static let fewRows = 64
  private static let fewFields = 1_024
  private static let fewTextBytes = 512 << 10

  @inline(__always)
  static func fits(_ decoded: borrowing DecodedDatagram, of datagram: RawSpan) -> Bool {
    let textBytes = datagram.byteCount &+ decoded.arena.count
    if decoded.rows.count <= fewRows && decoded.fields.count <= fewFields && textBytes <= fewTextBytes { return true }
    // Lines name all that they hold themselves: `Limits.check` has the relation.
    if !decoded.rows.isEmpty && decoded.rows[0].keyForm == .lineProtocol { return true }
    return fitsByCount(decoded, of: datagram, textBytes: textBytes)
  }

  /// With the longest names and units, then with those that there are.
  @inline(never)
  private static func fitsByCount(
    _ decoded: borrowing DecodedDatagram, of datagram: RawSpan, textBytes: Int
  ) -> Bool {
    var bytes = decoded.rows.count &* Limits.recordBytesPerRow &+ decoded.fields.count &* Limits.recordBytesPerField
    var key = TextRange.empty
    for index in 0..<decoded.rows.count where decoded.rows[index].key != key || index == 0 {
      key = decoded.rows[index].key
      bytes &+= keyBytes(decoded.rows[index], decoded, of: datagram)
    }
    // An origin, and room to spare.
    let limit = Limits.recordBytesPerDatagram &- 64
    let longestTexts = decoded.fields.count &* (2 &* Limits.nameBytes &+ Limits.unitBytes)
    if bytes &+ longestTexts &+ textBytes <= limit { return true }
    for index in 0..<decoded.fields.count {
      let field = decoded.fields[index]
      bytes &+= Int(field.name.length) &+ Int(field.unit.length)
      if field.tag == .string { bytes &+= Int(TextRange(payload: field.payload).length) }
    }
    return bytes <= limit
  }

  /// What a row's canonical key takes at most.
  private static func keyBytes(
    _ row: DecodedRow, _ decoded: borrowing DecodedDatagram, of datagram: RawSpan
  ) -> Int {
    let length = Int(row.key.length)
    switch row.keyForm {
    case .lineProtocol: return min(Limits.seriesKeyBytes, 8 &* length &+ 16)
    // Composed with the registry's name, which stands nowhere in the datagram.
    case .eventSender, .doubtfulSender: return 2 &* Limits.nameBytes
    case .canonical, .canonicalEvent:
      // Composed characters may be written in parts, three times as long at most.
      let isPlain = UTF8Text.isASCII(decoded.text(row.key, of: datagram))
      return min(Limits.seriesKeyBytes, isPlain ? length : 3 &* length)
    }
  }

  /// Counts every row as refused: their texts are too long together.
  @inline(never)
  func refuseAll(of decoded: borrowing DecodedDatagram, listener: Int, in batch: Batch) -> Written {
    let rows = decoded.rows.count &+ decoded.refusedRows.count
    batch.counts[listener].rejectedRows[Int(RejectReason.textTooLong.rawValue)] += UInt64(rows)
    return .refused(.textTooLong)
  }
}
