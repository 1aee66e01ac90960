import Primitives
import Telemetry
import Testing

@Suite struct DecodedDatagramTests {
  @Test func textsStandInTheDatagramOrBesideIt() {
    let datagram = Array("weather,device=d".utf8)
    var decoded = DecodedDatagram()
    decoded.arena.append(contentsOf: Array("unescaped".utf8).span.bytes)
    for (range, wanted) in [
      (TextRange(datagramOffset: 0, length: 7), "weather"), (TextRange(arenaOffset: 2, length: 7), "escaped"),
      (.empty, ""), (TextRange(datagramOffset: datagram.count, length: 0), ""),
    ] {
      let text = decoded.text(range, of: datagram.span.bytes).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
      #expect(text == wanted)
    }
  }

  @Test(arguments: [0, 1, 65_535, 1 << 30, (1 << 31) - 1])
  func rangesAreTheirPayload(offset: Int) {
    for range in [TextRange(datagramOffset: offset, length: 7), TextRange(arenaOffset: offset, length: 9)] {
      #expect(TextRange(payload: range.payload) == range && range.offset == offset)
    }
    #expect(TextRange(arenaOffset: offset, length: 1).isInArena)
    #expect(!TextRange(datagramOffset: offset, length: 1).isInArena)
  }

  @Test func resettingForgetsAll() {
    var decoded = DecodedDatagram()
    decoded.fields.append(DecodedField(name: .empty, tag: .integer, payload: 1))
    decoded.rows.append(
      DecodedRow(key: .empty, keyForm: .canonical, firstField: 0, fieldCount: 1, timeNanos: 0, hasTime: false))
    decoded.arena.append(1)
    decoded.refuseRow(.tooManyTags)
    decoded.refuseField(.notANumber)
    decoded.refusedKeys.append(RefusedKey(.empty, .lineProtocol))
    decoded.trailingBytes = 3
    let reasons = (decoded.refusedRows[0], decoded.refusedFields[0])
    #expect(reasons == (RejectReason.tooManyTags.rawValue, RejectReason.notANumber.rawValue))
    decoded.reset()
    let left =
      decoded.fields.count + decoded.rows.count + decoded.arena.count + decoded.refusedRows.count
      + decoded.refusedFields.count + decoded.refusedKeys.count + decoded.trailingBytes
    #expect(left == 0)
  }

  @Test func refusalsBeyondTheirRoomAreLeftOut() {
    var decoded = DecodedDatagram()
    for _ in 0..<Limits.rowsPerDatagram + 3 { decoded.refuseRow(.empty) }
    let count = decoded.refusedRows.count
    #expect(count == Limits.rowsPerDatagram)
  }

  @Test func eventsAreToldFromReadingsByTheirKey() {
    let events = [KeyForm.eventSender, .canonicalEvent, .doubtfulSender]
    for form in events { #expect(form.isEvent) }
    for form in [KeyForm.lineProtocol, .canonical] { #expect(!form.isEvent) }
  }
}
