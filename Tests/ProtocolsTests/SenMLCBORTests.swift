import Primitives
import Protocols
import Telemetry
import Testing

struct SenMLCBORTests {
  private func value(_ value: CBOR) -> PlainPack {
    PlainPack(cbor: CBOR.array([.map([(.int(0), .text("d")), (.int(2), value)])]).encoded)
  }

  @Test func integerAndTextLabels() {
    let pack = CBOR.array([
      .map([
        (.int(-2), .text("urn:dev:mac:aa/")), (.int(-3), .int(1_795_176_000)), (.int(-4), .text("Cel")),
        (.int(0), .text("t")), (.int(2), .double(23.5)), (.int(-1), .int(10)),
      ]),
      .map([(.text("n"), .text("open")), (.text("vb"), .bool(true)), (.text("u"), .text("x"))]),
      .map([(.int(0), .text("s")), (.int(3), .text("chạy")), (.int(6), .int(5))]),
      .map([(.int(0), .text("raw")), (.int(8), .bytes([0xFB, 0xFF, 0xBE, 1]))]),
      .map([(.int(0), .text("e")), (.int(5), .int(7)), (.int(7), .int(60))]),
    ])
    let expected = [
      PlainRow(
        "urn:dev:mac:aa", 1_795_176_000_000_000_000,
        ["t=23.5 Cel", "open=true x", "raw='-_--AQ' Cel", "e_sum=7", "e_update_time=60"]),
      PlainRow("urn:dev:mac:aa", 1_795_176_005_000_000_000, ["s='chạy' Cel"]),
    ]
    for isApart in [false, true] {
      let decoded = PlainPack(cbor: pack.encoded, isApart: isApart)
      #expect(decoded.verdict == .decoded)
      #expect(decoded.rows == expected)
    }
    #expect(PlainPack(cbor: CBOR.tag(55_799, pack).encoded).rows == expected)
  }

  @Test func indefiniteLengths() {
    // [_ {_ "n": (_ "d", "e"), 2: 1}]
    let pack: [UInt8] = [0x9F, 0xBF, 0x61, 0x6E, 0x7F, 0x61, 0x64, 0x61, 0x65, 0xFF, 0x02, 0x01, 0xFF, 0xFF]
    #expect(PlainPack(cbor: pack).rows == [PlainRow("de", nil, ["value=1"])])
    // (_ h'41', h'42') and a label in chunks
    let data: [UInt8] = [
      0x81, 0xA2, 0x7F, 0x61, 0x76, 0x61, 0x64, 0xFF, 0x5F, 0x41, 0x41, 0x41, 0x42, 0xFF, 0x00, 0x61, 0x64,
    ]
    #expect(PlainPack(cbor: data).rows == [PlainRow("d", nil, ["value='QUI'"])])
  }

  @Test func numbers() {
    let cases: [(CBOR, String)] = [
      (.int(0), "0"), (.int(-1), "-1"), (.int(999_999_999_999_999_999), "999999999999999999"),
      (.int(1_000_000_000_000_000_000), "1000000000000000000i"), (.int(Int64.max), "9223372036854775807i"),
      (.int(Int64.min), "-9223372036854775808i"), (.unsigned(1 << 63), "9.223372036854776e+18d"),
      (.negative(UInt64.max), "-1.8446744073709552e+19d"), (.double(23.5), "23.5"), (.float(-0.25), "-0.25"),
      (.double(-0.0), "-0.0d"), (.double(1e300), "1e+300d"), (.double(0.1), "0.1"),
      (.float(23.6), "23.600000381469727d"), (.raw([0xF9, 0x3C, 0x00]), "1"), (.raw([0xF9, 0xC0, 0x80]), "-2.25"),
      (.raw([0xF9, 0x00, 0x01]), "5.960464477539063e-08d"),
      (.tag(4, .array([.int(-2), .int(27315)])), "273.15"), (.tag(4, .array([.int(-3), .int(-2500)])), "-2.5"),
      (.tag(4, .array([.int(2), .int(5)])), "500"), (.tag(4, .array([.int(-30), .int(0)])), "0"),
      (.tag(4, .array([.int(21), .int(3)])), "3e+21d"), (.tag(4, .raw([0x9F, 0x20, 0x05, 0xFF])), "0.5"),
      (.tag(5, .array([.int(-1), .int(3)])), "1.5"),
      (.tag(5, .array([.int(100), .int(1)])), "1.2676506002282294e+30d"),
    ]
    for (item, expected) in cases {
      let pack = value(item)
      #expect(pack.verdict == .decoded, "\(item)")
      #expect(pack.rows.first?.fields == ["value=\(expected)"], "\(item)")
    }
  }

  @Test func everyHalf() {
    var decoder = SenMLDecoder()
    var out = DecodedDatagram()
    for bits in UInt16.min...UInt16.max {
      let number = Double(Float16(bitPattern: bits))
      let pack: [UInt8] = [0x81, 0xA2, 0x00, 0x61, 0x64, 0x02, 0xF9, UInt8(bits >> 8), UInt8(bits & 255)]
      out.reset()
      let measurement: [UInt8] = [0x6D]
      let verdict = decoder.decodeCBOR(
        pack.span.bytes, place: .apart, measurement: measurement.span.bytes, arrivalNanos: 1, into: &out)
      if number.isFinite {
        let expected = DecimalNumber.tagged(number)
        let isEqual =
          verdict == .decoded && out.fields[0].tag == expected.tag && out.fields[0].payload == expected.payload
        #expect(isEqual, "half \(bits)")
      } else {
        #expect(verdict == .rejected(.notANumber))
      }
    }
  }

  @Test func numbersThatAreRefused() {
    let cases: [(CBOR, RejectReason)] = [
      (.unsigned(1 << 63 + 1), .integerOutOfRange), (.negative(1 << 63 + 1), .integerOutOfRange),
      (.double(.nan), .notANumber), (.double(.infinity), .notANumber), (.raw([0xF9, 0x7E, 0]), .notANumber),
      (.tag(2, .bytes([1, 0, 0, 0, 0, 0, 0, 0, 0])), .senmlBigInteger),
      (.tag(3, .bytes([1, 0, 0, 0, 0, 0, 0, 0, 0])), .senmlBigInteger),
      (.tag(4, .array([.int(0), .tag(2, .bytes([1]))])), .senmlBigInteger),
      (.tag(4, .array([.int(0), .unsigned(UInt64.max)])), .senmlBigInteger),
      (.tag(4, .array([.int(-19), .int(1)])), .integerOutOfRange),
      (.tag(4, .array([.int(400), .int(1)])), .integerOutOfRange),
      (.tag(4, .array([.int(Int64.max), .int(1)])), .integerOutOfRange),
      (.tag(4, .array([.int(Int64.min), .int(10)])), .integerOutOfRange),
      (.tag(4, .array([.int(1)])), .senmlBadRecord), (.tag(4, .int(1)), .senmlBadRecord),
      (.tag(5, .array([.int(Int64.max), .int(1)])), .senmlUnsupportedTag),
      (.tag(5, .array([.int(-1_074), .int(3)])), .senmlMissingValue),
      (.tag(1, .int(1)), .senmlUnsupportedTag), (.text("1"), .senmlBadRecord), (.bool(true), .senmlBadRecord),
      (.raw([0xF6]), .senmlBadRecord),
    ]
    for (item, reason) in cases where reason != .senmlMissingValue {
      #expect(value(item).verdict == .rejected(reason), "\(item)")
    }
    #expect(value(.tag(5, .array([.int(-1_074), .int(3)]))).verdict == .decoded)
  }

  @Test func timesInEveryForm() {
    func time(_ item: CBOR) -> Int64? {
      PlainPack(cbor: CBOR.array([.map([(.int(0), .text("d")), (.int(6), item), (.int(2), .int(1))])]).encoded)
        .rows.first?.timeNanos
    }
    #expect(time(.double(1_795_176_000.25)) == 1_795_176_000_250_000_000)
    #expect(time(.double(1_795_176_000.123456)) == 1_795_176_000_123_456_000)
    #expect(time(.tag(4, .array([.int(-9), .int(1_795_176_000_123_456_789)]))) == nil)
    #expect(time(.tag(4, .array([.int(-3), .int(1_795_176_000_123)]))) == 1_795_176_000_123_000_000)
    #expect(time(.int(-1)) == PlainPack.arrivalNanos - 1_000_000_000)
  }

  @Test func packsThatAreRefused() {
    let one: (CBOR, CBOR) = (.int(2), .int(1))
    let name: (CBOR, CBOR) = (.int(0), .text("d"))
    let cases: [([UInt8], RejectReason)] = [
      ([], .senmlBadCBOR), ([0xFF], .senmlBadCBOR), ([0x80], .senmlNotAPack), ([0xA0], .senmlNotAPack),
      ([0x9F, 0xFF], .senmlMissingValue), ([0x81], .senmlBadCBOR), ([0x81, 0x01], .senmlBadRecord),
      ([0x81, 0xA1, 0xFF], .senmlBadCBOR), ([0x81, 0xBF, 0x00], .senmlBadCBOR), ([0x1C], .senmlBadCBOR),
      (CBOR.array([.map([name, one])]).encoded + [0], .senmlBadCBOR),
      (CBOR.array([.map([name, one, (.text("q_"), .int(1))])]).encoded, .senmlUnknownMandatoryField),
      (CBOR.array([.map([name, one, (.bytes([1]), .int(1))])]).encoded, .senmlBadRecord),
      (CBOR.array([.map([(.int(0), .bytes([0x64])), one])]).encoded, .senmlBadRecord),
      (CBOR.array([.map([(.int(0), .tag(32, .text("d"))), one])]).encoded, .senmlUnsupportedTag),
      (CBOR.array([.map([name, (.int(3), .raw([0x61, 0xFF]))])]).encoded, .senmlBadCBOR),
      (CBOR.array([.map([name, (.int(4), .int(1))])]).encoded, .senmlBadRecord),
      (CBOR.array([.map([name, (.int(8), .text("x"))])]).encoded, .senmlBadRecord),
      (CBOR.array([.map([name, one, (.int(-1), .int(11))])]).encoded, .senmlUnsupportedVersion),
      (CBOR.array([.map([name, one, (.int(3), .text("x"))])]).encoded, .senmlSeveralValues),
      (
        CBOR.array([.map([name, one, (.int(99), .raw([UInt8](repeating: 0x81, count: 30) + [0]))])]).encoded,
        .senmlTooDeep
      ),
      ([0x81, 0xA1, 0x61], .senmlBadCBOR), ([0x81, 0xA1, 0x7B] + [UInt8](repeating: 0xFF, count: 8), .senmlBadCBOR),
      ([0x9B] + [UInt8](repeating: 0xFF, count: 8), .senmlBadCBOR),
    ]
    for (pack, reason) in cases {
      let decoded = PlainPack(cbor: pack)
      #expect(decoded.verdict == .rejected(reason), "\(pack)")
      #expect(decoded.rows.isEmpty)
    }
  }

  @Test func unknownMembersAreReadOver() {
    let pack = CBOR.array([
      .map([
        (.int(0), .text("d")), (.int(77), .map([(.text("x"), .array([.int(1), .tag(1, .int(5)), .bytes([1])]))])),
        (.int(-7), .raw([0x9F, 0x01, 0x7F, 0x61, 0x61, 0xFF, 0xFF])), (.text("l"), .raw([0xF6])), (.int(2), .int(1)),
      ])
    ])
    #expect(PlainPack(cbor: pack.encoded).rows == [PlainRow("d", nil, ["value=1"])])
  }

  @Test func manyRecordsOfManyDevices() {
    // 9,000 records of 100 devices and 30 times, in an order that scatters them.
    var records: [CBOR] = []
    for index in 0..<9_000 {
      let device = index % 100
      let time = index / 100 % 30
      let field = index / 3_000
      records.append(
        .map([
          (.int(-2), .text("d\(device)/")), (.int(6), .int(Int64(time) - 1_000)), (.int(0), .text("f\(field)")),
          (.int(2), .int(Int64(index))),
        ]))
    }
    let pack = PlainPack(cbor: CBOR.array(records).encoded)
    #expect(pack.verdict == .decoded)
    #expect(pack.rows.count == 3_000)
    for (row, index) in zip(pack.rows, 0..<3_000) {
      let time = PlainPack.arrivalNanos + (Int64(index / 100) - 1_000) * 1_000_000_000
      let fields = ["f0=\(index)", "f1=\(index + 3_000)", "f2=\(index + 6_000)"]
      #expect(row == PlainRow("d\(index % 100)", time, fields))
    }
  }
}
