import Primitives
import Telemetry
import Testing

@testable import Protocols

/// Records to rows, record by record: what is carried over, what starts a row, and what costs the pack.
@Suite struct SenMLRecordRowsTests {
  private static let arrival = 1_795_186_800 * Nanos.perSecond

  /// Rows of a pack that begins at the datagram's fourth octet, and its text.
  private final class Bench {
    private var rows = SenMLRows()
    private var out = DecodedDatagram()
    private var pack: [UInt8] = []
    private let measurement = Array("weather".utf8)

    /// - Parameter text: what stands in the pack, before room for many records.
    init(_ text: String) {
      let pack = Array(text.utf8) + [UInt8](repeating: 0x20, count: 3 * Limits.rowsPerDatagram + 9)
      self.pack = pack
      _ = rows.begin(pack.span.bytes, place: .datagram(offset: 3), arrivalNanos: arrival, arena: &out.arena)
    }

    /// Where a text stands in the pack.
    func range(_ text: String) -> TextRange {
      let octets = Array(text.utf8)
      let start = pack.indices.first { pack[$0...].starts(with: octets) } ?? 0
      return TextRange(datagramOffset: start, length: octets.count)
    }

    func take(_ set: (inout SenMLRecord) -> Void) -> RejectReason? {
      var record = SenMLRecord()
      set(&record)
      let (pack, measurement) = (pack, measurement)
      return rows.take(&record, pack: pack.span.bytes, measurement: measurement.span.bytes, into: &out)
    }

    func refuse(_ reason: RejectReason) -> Bool { rows.refuse(reason, into: &out) }

    func finish() { rows.finish(into: &out) }

    var times: [Int64?] {
      (0..<out.rows.count).map { out.rows[$0].hasTime ? out.rows[$0].timeNanos - arrival : nil }
    }

    /// By row, each field as name and payload.
    var fields: [[String]] {
      (0..<out.rows.count).map { row in
        let first = Int(out.rows[row].firstField)
        return (first..<first + Int(out.rows[row].fieldCount)).map { index in
          let name = out.fields[index].name
          // Ranges count from the datagram's begin, three octets before the pack's.
          let start = name.offset - (name.isInArena ? 0 : 3)
          let octets = (start..<start + Int(name.length)).map { name.isInArena ? out.arena[$0] : pack[$0] }
          return "\(String(decoding: octets, as: UTF8.self)) \(out.fields[index].payload)"
        }
      }
    }

    var refusedFields: Int { out.refusedFields.count }
    var refusedKeys: Int { out.refusedKeys.count }
    var hasDevice: Bool { rows.base.device >= 0 }
  }

  @Test func baseValuesAreAddedToWhatFollows() {
    let bench = Bench("dev/a b")
    #expect(
      bench.take {
        $0.set(.baseName, text: bench.range("dev/"))
        $0.set(.baseTime, nanos: Self.arrival)
        $0.set(.baseValue, number: SenMLNumber(whole: 100))
      } == nil, "a record of base values alone sets them")
    #expect(bench.fields.isEmpty)
    for (name, value, seconds) in [("a", 1, 0), ("b", 2, 0), ("a", 3, -5)] as [(String, Int64, Int64)] {
      let reason = bench.take {
        $0.set(.name, text: bench.range(name))
        $0.set(.value, number: SenMLNumber(whole: value))
        $0.set(.time, nanos: seconds * Nanos.perSecond)
      }
      #expect(reason == nil)
    }
    bench.finish()
    #expect(bench.fields == [["a 101", "b 102"], ["a 103"]] && bench.times == [0, -5 * Nanos.perSecond])
    // Without a value of its own a record has the base one.
    #expect(bench.take { $0.set(.name, text: bench.range("b")) } == nil)
    #expect(bench.fields.last?.last == "b 100")
  }

  /// RFC 8428 section 4.5.3: small times count from now, and none at all is now.
  @Test func timesAreRelativeBelowTheirBound() {
    let bench = Bench("d")
    let bound = SenMLRows.absoluteNanos
    for nanos in [0, 1, -1, bound - 1, bound, .max, .min] {
      let reason = bench.take {
        $0.set(.name, text: bench.range("d"))
        $0.members = [SenMLRecord.Members(.name), SenMLRecord.Members(.booleanValue), SenMLRecord.Members(.time)]
        $0.timeNanos = nanos
      }
      #expect(reason == nil, "\(nanos)")
    }
    // Beyond 64 bits it is the last time of that direction.
    #expect(
      bench.times == [nil, 1, -1, bound - 1, bound - Self.arrival, .max - Self.arrival, .min])
  }

  @Test func aFieldThatTheRowHasStartsAnotherRow() {
    let bench = Bench("dev:x y")
    func add(_ name: String, _ value: Int64, time: Int64 = 1) {
      let reason = bench.take {
        $0.set(.baseName, text: bench.range("dev:"))
        $0.set(.name, text: bench.range(name))
        $0.set(.value, number: SenMLNumber(whole: value))
        $0.set(.time, nanos: time)
      }
      #expect(reason == nil)
    }
    add("x", 1)
    add("x", 2)
    add("y", 3)
    add("x", 4, time: 2)
    // Back at the first time: the latest row of it.
    add("y", 5)
    add("x", 6)
    bench.finish()
    #expect(bench.fields == [["x 1"], ["x 2", "y 3"], ["x 4"], ["y 5", "x 6"]])
    #expect(bench.times == [1, 1, 2, 1])
  }

  @Test func whatIsNoRecordIsRefusedByItsReason() {
    let bench = Bench("dev bad name \u{7}")
    #expect(bench.take { $0.set(.name, text: bench.range("dev")) } == .senmlMissingValue)
    #expect(bench.take { _ in } == .senmlMissingValue)
    let several = bench.take {
      $0.set(.name, text: bench.range("dev"))
      $0.set(.value, number: .zero)
      $0.set(.stringValue, text: bench.range("bad"))
    }
    #expect(several == .senmlSeveralValues)
    let flawed = bench.take {
      $0.set(.name, text: bench.range("dev"))
      $0.set(.value, number: .zero)
      $0.flaw = .notANumber
    }
    #expect(flawed == .notANumber)
    let named = bench.take {
      $0.set(.name, text: bench.range("bad name"))
      $0.set(.value, number: .zero)
    }
    #expect(named == .senmlBadName)
    // Each costs itself alone.
    #expect(bench.refuse(.senmlBadName) && bench.refuse(.notANumber) && bench.refusedFields == 2)
    #expect(!bench.refuse(.tooManyRows) && !bench.refuse(.tooManyFields), "memory is full: the pack ends")
    #expect(bench.refusedFields == 2 && bench.refusedKeys == 0 && !bench.hasDevice)
  }

  /// All that follows builds on it, so it costs the pack.
  @Test(
    arguments: [
      (11, .senmlUnsupportedVersion), (.max, .senmlUnsupportedVersion), (-1, .senmlBadRecord), (10, nil), (0, nil),
    ] as [(Int64, RejectReason?)])
  func aBaseVersionThatNobodyKnowsEndsThePack(version: Int64, reason: RejectReason?) {
    let bench = Bench("dev")
    let found = bench.take {
      $0.set(.baseVersion, number: SenMLNumber(tag: .decimal(scale: 0), payload: version))
      $0.set(.name, text: bench.range("dev"))
      $0.set(.value, number: .zero)
    }
    #expect(found == reason && bench.fields.count == (reason == nil ? 1 : 0))
    if let reason { #expect(!bench.refuse(reason) && bench.refusedFields == 0) }
  }

  @Test func aBaseNameOrUnitThatIsNoneEndsThePack() {
    let long = String(repeating: "n", count: Limits.nameBytes + 1)
    for (text, reason) in [("a b", .senmlBadName), (":a", .senmlBadName), (long, .nameTooLong)]
      as [(String, RejectReason)]
    {
      let bench = Bench(text)
      let found = bench.take {
        $0.set(.baseName, text: bench.range(text))
        $0.set(.value, number: .zero)
      }
      #expect(found == reason && !bench.refuse(reason), "\(text)")
    }
    let unit = String(repeating: "u", count: Limits.unitBytes + 1)
    let bench = Bench(unit)
    #expect(bench.take { $0.set(.baseUnit, text: bench.range(unit)) } == .textTooLong && !bench.refuse(.textTooLong))
  }

  /// One row more than a datagram may have.
  @Test func rowsAreBounded() {
    let bench = Bench("d")
    for number in 0...Limits.rowsPerDatagram {
      let reason = bench.take {
        $0.set(.name, text: bench.range("d"))
        $0.set(.value, number: SenMLNumber(whole: 1))
        $0.set(.time, nanos: Int64(number + 1))
      }
      #expect(reason == (number == Limits.rowsPerDatagram ? .tooManyRows : nil))
    }
  }
}
