import Primitives
import Registry
import Telemetry
import Testing

@testable import Protocols

/// What becomes of lines that somebody waits for is told line by line, and counted.
@Suite struct LineWriterTests {
  private struct Writer: ~Copyable {
    var lines: LineWriter
    let batch = Batch(listenerCount: 2)
    var source = SourceAddress(ipv4: 0x0A00_0001, port: 9)

    init(knownOnly: Bool = false, ids: [String] = []) {
      let devices = ids.map { Device(id: $0, deviceClass: "sensor") }
      lines = LineWriter(
        listener: 1,
        bounds: TimeBounds(futureNanos: Nanos.perMinute, readingsAgeNanos: Nanos.perDay, eventsAgeNanos: nil),
        admission: Admission(registry: DeviceRegistry(devices: devices), knownOnly: knownOnly), seed: 1)
      lines.begin(batch, segment: 1)
    }

    mutating func take(
      _ text: String, unitNanos: Int64 = 1, isCut: Bool = false, mayWrite: (@Sendable (String) -> Bool)? = nil
    ) -> LineReceipt {
      var piece = LinePiece(Array(text.utf8), unitNanos: unitNanos, source: source, mayWrite: mayWrite)
      piece.isCut = isCut
      return lines.take(piece, arrivalNanos: LineWriterTests.now, into: batch)
    }

    var counts: LedgerCounts { batch.counts[1] }
  }

  private static let now = 1_795_186_800 * Nanos.perSecond

  @Test func goodLinesStandAndBadOnesAreNamed() {
    var writer = Writer()
    let receipt = writer.take(
      "m,device=a v=1\nno fields\nm,device=b v=2,w=x\n,t=1 v=3\nm,device=c v=\"open\n# nothing\n")
    #expect(receipt.fate == .stored && receipt.rows == 2 && receipt.refusedLines == 3 && receipt.flawedLines == 1)
    #expect(
      receipt.faults == [
        LineFault(text: "no fields", cause: .refused(.lineBadField), label: "line_bad_field"),
        LineFault(text: "m,device=b v=2,w=x", cause: .fieldsRefused(.lineBadValue), label: "line_bad_value"),
        LineFault(text: ",t=1 v=3", cause: .refused(.lineMissingMeasurement), label: "line_missing_measurement"),
        LineFault(text: "m,device=c v=\"open", cause: .refused(.lineUnclosedQuote), label: "line_unclosed_quote"),
      ])
    let counts = writer.counts
    #expect(counts.received == 1 && counts.decoded == 1 && counts.rows == 2 && counts.rejectedRows.reduce(0, +) == 3)
    #expect(writer.batch.counts[0] == LedgerCounts())
  }

  @Test func wholeRefusalsAreCountedAsPieces() {
    var writer = Writer()
    let bad = writer.take("no fields\nnone here\n")
    #expect(bad.rows == 0 && bad.refusedLines == 2 && bad.faults.count == 2)
    let nothing = writer.take("\n# only words\n")
    #expect(nothing.isWhole && nothing.rows == 0)
    let cut = writer.take("m v=1", isCut: true)
    #expect(cut.refusedLines == 1 && cut.faults.map(\.label) == ["truncated"])
    let counts = writer.counts
    #expect(counts.received == 3 && counts.decoded == 0 && counts.rejectedTotal == 3 && counts.isBalanced)
  }

  @Test func onlyTheDevicesOfAScopeAreWrittenFor() {
    var writer = Writer(ids: ["in", "out"])
    let receipt = writer.take("m,device=in v=1\nm,device=out v=2\nm,device=in v=3 1\nn,host=strange v=4\n") {
      $0 == "in"
    }
    #expect(receipt.rows == 1 && receipt.refusedLines == 3)
    #expect(receipt.faults.map(\.device) == ["out", "strange", nil])
    #expect(receipt.faults.map(\.label) == ["out_of_scope", "out_of_scope", "expired"])
    #expect(writer.counts.rejectedRows[Int(RejectReason.outOfScope.rawValue)] == 2 && writer.counts.rows == 1)
  }

  @Test func strangersAreRefusedWhereOnlyTheRegistrysDevicesAreTaken() {
    var writer = Writer(knownOnly: true, ids: ["in"])
    let receipt = writer.take("m,device=in v=1\nm,device=out v=2\nm,device=reserved v=3\n")
    #expect(receipt.rows == 1 && receipt.refusedLines == 2)
    #expect(receipt.faults.map(\.label) == ["unknown_device", "unknown_device"])
    #expect(receipt.faults.map(\.text) == ["m,device=out v=2", "m,device=reserved v=3"])
  }

  /// Nobody writes among the node's own figures.
  @Test func reservedNamesAreRefused() {
    var writer = Writer()
    let receipt = writer.take("device_ledger,device=a received=9\n")
    #expect(receipt.rows == 0 && receipt.refusedLines == 1 && receipt.faults.map(\.label) == ["reserved_name"])
  }

  @Test func timesHaveTheirUnit() {
    var writer = Writer()
    let seconds = Self.now / Nanos.perSecond
    #expect(writer.take("m,device=a v=1 \(seconds)\n", unitNanos: Nanos.perSecond).isWhole)
    #expect(writer.take("m,device=a v=1 \(seconds - 2 * 86_400)\n", unitNanos: Nanos.perSecond).refusedLines == 1)
  }

  /// Where each bad line begins is told beside its reason.
  @Test func badLinesAreFoundByTheirPlace() {
    var decoded = DecodedDatagram()
    let text = Array("m a=1\nbad\nm b=x,c=1\n".utf8)
    #expect(LineProtocolDecoder.decode(text.span.bytes, unitNanos: 1, into: &decoded) == .decoded)
    var found: [RefusedLine] = []
    for index in 0..<decoded.refusedLines.count { found.append(decoded.refusedLines[index]) }
    #expect(found.map(\.offset) == [6, 10] && found.map(\.isFieldOnly) == [false, true])
    #expect(decoded.refusedLineCount == 1 && decoded.flawedLineCount == 1)
  }

  @Test func onlySomeFaultsAreNamed() {
    var writer = Writer()
    let receipt = writer.take((0..<100).map { "bad\($0)\n" }.joined())
    #expect(receipt.refusedLines == 100 && receipt.faults.count == Limits.lineFaults)
  }
}
