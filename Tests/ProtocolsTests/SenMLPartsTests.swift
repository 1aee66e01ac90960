import Mutation
import Primitives
import Telemetry
import Testing

@testable import Protocols

/// The small parts of SenML: what a content format, a label and a name mean.
@Suite struct SenMLPartsTests {
  @Test func aFormatIsTheFormAndItsFirstOctetOnlyWhereNoneWasSent() {
    for (format, form) in [(110, SenMLForm.json), (111, .json), (50, .json), (112, .cbor), (113, .cbor), (60, .cbor)]
      as [(UInt16, SenMLForm)]
    {
      for first: UInt8 in [0, UInt8(ascii: "["), 0x80, 0xFF] {
        #expect(SenMLForm(contentFormat: format, firstByte: first) == form)
      }
    }
    for format: UInt16 in [0, 42, 47, 114, .max] {
      #expect(SenMLForm(contentFormat: format, firstByte: UInt8(ascii: "[")) == nil, "\(format) is another's")
    }
    for first in UInt8.min...UInt8.max {
      let form = SenMLForm(contentFormat: nil, firstByte: first)
      let expected: SenMLForm? = first == 0x5B ? .json : (0x80...0x9F).contains(first) ? .cbor : nil
      #expect(form == expected, "\(first)")
    }
  }

  private static func label(_ text: String) -> SenMLLabel {
    // Behind and before others, whose octets must not be looked at.
    let bytes = Array("x\(text)vbs".utf8)
    return SenMLLabel(bytes.span.bytes, offset: 1, length: text.utf8.count)
  }

  /// RFC 8428 table 6: text and number of each label say the same, and take values of one kind.
  @Test func labelsOfTextAndCBORAgree() {
    let table: [(String, Int64, SenMLLabel, SenMLLabel.Kind)] = [
      ("bn", -2, .baseName, .text), ("bt", -3, .baseTime, .seconds), ("bu", -4, .baseUnit, .text),
      ("bv", -5, .baseValue, .number), ("bs", -6, .baseSum, .number), ("bver", -1, .baseVersion, .number),
      ("n", 0, .name, .text), ("u", 1, .unit, .text), ("v", 2, .value, .number), ("vs", 3, .stringValue, .text),
      ("vb", 4, .booleanValue, .boolean), ("s", 5, .sum, .number), ("t", 6, .time, .seconds),
      ("ut", 7, .updateTime, .number), ("vd", 8, .dataValue, .data),
    ]
    for (text, number, label, kind) in table {
      #expect(Self.label(text) == label && SenMLLabel(integer: number) == label && label.kind == kind, "\(text)")
    }
    for number in [9, -7, Int64.max, .min] { #expect(SenMLLabel(integer: number) == .unknown) }
  }

  @Test(arguments: ["", "x", "nn", "bverx", "b", "N", "BN", "vdd", "t\0", "_a"])
  func otherLabelsNeedNotBeUnderstood(text: String) {
    #expect(Self.label(text) == .unknown)
  }

  @Test(arguments: ["_", "n_", "bn_", "abc_", "abcd_", "a_long_label_"])
  func labelsThatMustBeUnderstoodAreTold(text: String) {
    #expect(Self.label(text) == .unknownMandatory && Self.label(text).kind == .refused)
  }

  @Test func membersOfARecordAreTheirOwnBits() {
    var record = SenMLRecord()
    #expect(!record.has(.name) && !record.has(.baseVersion))
    record.set(.baseSum, number: SenMLNumber(whole: 4))
    record.set(.updateTime, number: SenMLNumber(whole: 5))
    record.set(.time, nanos: 6)
    record.set(.baseTime, nanos: 7)
    record.set(.baseUnit, text: TextRange(datagramOffset: 1, length: 2))
    #expect(record.baseSum.payload == 4 && record.updateTime.payload == 5 && record.sum == .zero)
    #expect(record.timeNanos == 6 && record.baseTimeNanos == 7 && record.unit.isEmpty && record.baseUnit.length == 2)
    let all: [SenMLLabel] = [
      .baseVersion, .baseName, .baseTime, .baseUnit, .baseValue, .baseSum, .name, .unit, .value, .stringValue,
      .booleanValue, .sum, .time, .updateTime, .dataValue,
    ]
    #expect(all.filter(record.has) == [.baseTime, .baseUnit, .baseSum, .time, .updateTime])
    // Everything is either carried over or the record's own, and nothing is both.
    for label in all {
      let member = SenMLRecord.Members(label)
      #expect(
        SenMLRecord.Members.base.isSuperset(of: member) != SenMLRecord.Members.own.isSuperset(of: member), "\(label)")
    }
  }

  private static func split(_ name: String, isBase: Bool = false) -> SenMLName.Split {
    let bytes = Array(name.utf8)
    return SenMLName.split(bytes.span.bytes, isBase: isBase)
  }

  @Test func aNameOfOneOctetIsADevice() {
    for name in ["a", "/", "_"] {
      for isBase in [true, false] {
        #expect(Self.split(name, isBase: isBase) == SenMLName.Split(deviceLength: 1, fieldOffset: 1), "\(name)")
      }
    }
    #expect(Self.split("/a") == SenMLName.Split(deviceLength: 2, fieldOffset: 2), "no device is empty")
    #expect(Self.split("a//") == SenMLName.Split(deviceLength: 1, fieldOffset: 2))
  }

  /// The parts of any name are inside of it, the device is never empty, and the field begins behind it.
  @Test func partsAreInsideOfTheName() {
    var random = SeededRandom(5)
    let pieces = ["urn:dev:", "URN:", "mac:", "_", "/", ":", ".", "-", "a", "0024beff", "urn:de"]
    for _ in 0..<3_000 {
      var name = ""
      for _ in 0..<Int.random(in: 1...6, using: &random) { name += pieces.randomElement(using: &random) ?? "" }
      let length = name.utf8.count
      for isBase in [true, false] {
        let split = Self.split(name, isBase: isBase)
        #expect(
          split.deviceLength >= 1 && split.deviceLength <= split.fieldOffset && split.fieldOffset <= length, "\(name)")
        #expect(split.fieldOffset - split.deviceLength <= 1, "no more than a separator is lost of \(name)")
      }
    }
  }

  @Test func onlyTheSetOfTheRFCMayStandInNames() {
    let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-:./_".utf8)
    for byte in UInt8.min...UInt8.max {
      let bytes = [UInt8(ascii: "a"), byte]
      #expect(SenMLName.isAllowed(bytes.span.bytes, offset: 1, length: 1) == allowed.contains(byte), "\(byte)")
      let isFirst = allowed.contains(byte) && !Set("-:./_".utf8).contains(byte)
      #expect(SenMLName.isFirst(byte) == isFirst, "\(byte)")
    }
    let none: [UInt8] = [0xFF]
    expect(SenMLName.isAllowed(none.span.bytes, offset: 0, length: 0))
  }

  @Test(arguments: [
    ("urn:dev:mac:", false), ("urn:dev:", false), ("urn:", false), ("urn:dev:mac:1", true), ("URN:DEV:os:x", true),
    ("urn:dex:mac:", true), ("building", true), ("ur", true),
  ])
  func theBeginOfAURNIsNoDevice(name: String, isWhole: Bool) {
    let bytes = Array(name.utf8)
    #expect(SenMLName.isWholeDevice(bytes.span.bytes) == isWhole)
  }
}

@Suite struct SenMLNumberTests {
  private static let bound: Int64 = 1_000_000_000_000_000_000

  @Test func wholeNumbersAreDecimalsUpTo18Digits() {
    for value in [0, 1, -1, bound18 - 1, 1 - bound18] {
      #expect(SenMLNumber(whole: value).tag == .decimal(scale: 0))
    }
    for value in [bound18, -bound18, Int64.max, .min] { #expect(SenMLNumber(whole: value).tag == .integer) }
  }

  private var bound18: Int64 { Self.bound }

  @Test func argumentsOfCBORAreExactOrRefused() {
    #expect(SenMLNumber(argument: UInt64(Int64.max), negative: false)?.payload == .max)
    #expect(SenMLNumber(argument: UInt64(Int64.max), negative: true)?.payload == .min)
    #expect(SenMLNumber(argument: 1 << 63, negative: false) == SenMLNumber(0x1p63))
    #expect(SenMLNumber(argument: 1 << 63, negative: true) == nil, "one beyond 2^63 needs 64 bits")
    #expect(SenMLNumber(argument: (1 << 63) + 1, negative: false) == nil)
    #expect(SenMLNumber(argument: .max, negative: true) == SenMLNumber(-0x1p64))
    #expect(SenMLNumber(argument: .max, negative: false) == nil)
  }

  @Test(
    arguments: [
      (5, 0, 0, 5), (50, -1, 0, 5), (5, -18, 18, 5), (5, -19, -1, 0), (50, -19, 18, 5),
      (5, 18, -2, 5_000_000_000_000_000_000),
      (0, Int64.min, 0, 0), (0, Int64.max, 0, 0), (-25, -1, 1, -25),
    ] as [(Int64, Int64, Int, Int64)])
  func decimalFractions(mantissa: Int64, exponent: Int64, scale: Int, payload: Int64) {
    let number = SenMLNumber(mantissa: mantissa, decimalExponent: exponent)
    if scale == -1 {
      #expect(number == nil)
    } else {
      #expect(number?.payload == payload && number?.tag == (scale == -2 ? .integer : .decimal(scale: scale)))
    }
  }

  @Test func decimalFractionsBeyondAllBoundsAreRefused() {
    #expect(SenMLNumber(mantissa: 3, decimalExponent: 22) == SenMLNumber(3e22))
    #expect(
      SenMLNumber(mantissa: 1, decimalExponent: 23) == nil && SenMLNumber(mantissa: 1, decimalExponent: .max) == nil)
    #expect(SenMLNumber(mantissa: .min, decimalExponent: .min) == nil)
    #expect(SenMLNumber(mantissa: .max, decimalExponent: 1) == nil, "its product is no double")
    #expect(SenMLNumber(mantissa: .min, decimalExponent: 0)?.payload == .min)
    #expect(SenMLNumber(mantissa: Self.bound, decimalExponent: -18) == SenMLNumber(whole: 1))
    #expect(SenMLNumber(mantissa: Self.bound + 1, decimalExponent: -1) == nil)
  }

  @Test func bigfloatsAreExactOrRefused() {
    #expect(SenMLNumber(mantissa: 3, binaryExponent: -1) == SenMLNumber(tag: .decimal(scale: 1), payload: 15))
    #expect(SenMLNumber(mantissa: 1, binaryExponent: 1_023) == SenMLNumber(0x1p1023))
    #expect(SenMLNumber(mantissa: 1, binaryExponent: 1_024) == nil)
    #expect(SenMLNumber(mantissa: 1, binaryExponent: -1_074) == SenMLNumber(Double.leastNonzeroMagnitude))
    #expect(
      SenMLNumber(mantissa: 1, binaryExponent: -1_075) == nil && SenMLNumber(mantissa: 3, binaryExponent: -1_075) == nil
    )
    #expect(SenMLNumber(mantissa: 2, binaryExponent: -1_075) == SenMLNumber(Double.leastNonzeroMagnitude))
    for exponent in [Int64.max, .min] { #expect(SenMLNumber(mantissa: 1, binaryExponent: exponent) == nil) }
    #expect(SenMLNumber(mantissa: 0, binaryExponent: .max) == .zero)
    #expect(SenMLNumber(mantissa: (1 << 53) + 1, binaryExponent: 0) == nil)
  }

  @Test func sumsAreExactWhereDecimalsHoldThem() throws {
    let tenth = try require(SenMLNumber(mantissa: 1, decimalExponent: -1))
    let fifth = try require(SenMLNumber(mantissa: 2, decimalExponent: -1))
    #expect(tenth.adding(fifth) == SenMLNumber(tag: .decimal(scale: 1), payload: 3))
    #expect(tenth.adding(.zero) == tenth && SenMLNumber.zero.adding(tenth) == tenth)
    let largest = SenMLNumber(whole: .max)
    let sum = try require(largest.adding(largest))
    #expect(sum.tag == .double && Double(bitPattern: UInt64(bitPattern: sum.payload)) == 0x1p64)
    let huge = try require(SenMLNumber(Double.greatestFiniteMagnitude))
    #expect(huge.adding(huge) == nil, "an infinite sum is none")
    #expect(SenMLNumber(Double.nan) == nil && SenMLNumber(Double.infinity) == nil)
  }

  @Test func secondsAreNanosecondsOrTheLastInTheirDirection() throws {
    #expect(SenMLNumber(whole: 1).nanosOfSeconds == 1_000_000_000)
    #expect(SenMLNumber(tag: .decimal(scale: 18), payload: 1_999_999_999).nanosOfSeconds == 1)
    #expect(SenMLNumber(tag: .decimal(scale: 10), payload: -19).nanosOfSeconds == -1)
    let far = SenMLNumber(whole: 9_223_372_037)
    #expect(far.nanosOfSeconds == nil && far.lastNanos == .max)
    #expect(SenMLNumber(whole: -9_223_372_037).lastNanos == .min)
    let double = try require(SenMLNumber(1e300))
    #expect(double.nanosOfSeconds == nil && double.lastNanos == .max)
    let negative = try require(SenMLNumber(-1e300))
    #expect(negative.nanosOfSeconds == nil && negative.lastNanos == .min)
    #expect(SenMLNumber.sum(.max, 1) == .max && SenMLNumber.sum(.min, -1) == .min && SenMLNumber.sum(2, -5) == -3)
  }
}

@Suite struct SenMLRowsTests {
  private static func row(_ device: String, _ fields: [String], time: Int64? = nil) -> PlainRow {
    PlainRow(device, time, fields)
  }

  /// One pack leaves nothing to the next, whichever way it ended.
  @Test func aPackLeavesNothingToTheNext() {
    var decoder = SenMLDecoder()
    var out = DecodedDatagram()
    let packs = [
      #"[{"bn":"a/","bt":1795176000,"bu":"V","bv":5,"bs":9,"n":"x","v":1},{"n":"y","v":2}]"#,
      #"[{"n":"a/x","v":1},{"n":"b/y","v":2},{"n":"a/z","v":3}]"#,
      #"[{"bn":"a/","n":"x","v":1"#, #"[{"bver":99,"n":"a/x","v":1}]"#, #"[{"n":"a/x","v":1},{"n":"a/x","v":2}]"#,
    ]
    for isApart in [false, true] {
      for first in packs {
        for second in packs {
          _ = PlainPack(
            Array(first.utf8), .json, arrivalNanos: PlainPack.arrivalNanos, isApart: isApart, with: &decoder, into: &out
          )
          let used = PlainPack(
            Array(second.utf8), .json, arrivalNanos: PlainPack.arrivalNanos, isApart: isApart, with: &decoder,
            into: &out)
          let fresh = PlainPack(json: second, isApart: isApart)
          #expect(used.verdict == fresh.verdict && used.rows == fresh.rows, "\(second) behind \(first)")
        }
      }
    }
  }

  /// Of a name that a row has already, another row of that time begins; both have their fields in order.
  @Test func duplicateNamesMakeTwinRows() {
    let pack = PlainPack(
      json: #"[{"n":"a/x","v":1},{"n":"b/x","v":2},{"n":"a/x","v":3},{"n":"a/y","v":4},{"n":"b/y","v":5}]"#)
    #expect(
      pack.rows == [
        Self.row("a", ["x=1"]), Self.row("b", ["x=2", "y=5"]), Self.row("a", ["x=3", "y=4"]),
      ])
  }

  /// As many fields as a row may have, and one more.
  @Test func aFullRowRefusesOneFieldMore() {
    func pack(_ count: Int) -> PlainPack {
      PlainPack(
        json: "[" + (0..<count).map { #"{"n":"a/f\#($0)","v":\#($0)}"# }.joined(separator: ",") + "]")
    }
    let full = pack(Limits.fieldsPerRow)
    #expect(full.verdict == .decoded && full.rows.map(\.fields.count) == [Limits.fieldsPerRow])
    #expect(pack(Limits.fieldsPerRow + 1).verdict == .rejected(.tooManyFields))
  }

  /// Against dictionaries, in both forms: records of some devices, times and names in any order.
  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func agreesWithDictionaries(seed: UInt64) {
    var random = SeededRandom(seed)
    for _ in 0..<60 {
      var json: [String] = []
      var items: [CBOR] = []
      var rows: [(device: Int, time: Int64, fields: [(name: Int, value: Int)])] = []
      for value in 0..<Int.random(in: 1...60, using: &random) {
        let device = Int.random(in: 0..<4, using: &random)
        let time = 1_795_176_000 + Int64.random(in: 0..<3, using: &random)
        let name = Int.random(in: 0..<4, using: &random)
        json.append(#"{"n":"d\#(device)/f\#(name)","t":\#(time),"v":\#(value)}"#)
        items.append(
          .map([(.int(0), .text("d\(device)/f\(name)")), (.int(6), .int(time)), (.int(2), .int(Int64(value)))]))
        let latest = rows.lastIndex { $0.device == device && $0.time == time }
        if let latest, !rows[latest].fields.contains(where: { $0.name == name }) {
          rows[latest].fields.append((name, value))
        } else {
          rows.append((device, time, [(name, value)]))
        }
      }
      let expected = rows.map { row in
        PlainRow("d\(row.device)", row.time * Nanos.perSecond, row.fields.map { "f\($0.name)=\($0.value)" })
      }
      #expect(PlainPack(json: "[" + json.joined(separator: ",") + "]").rows == expected)
      #expect(PlainPack(cbor: CBOR.array(items).encoded).rows == expected)
    }
  }
}
