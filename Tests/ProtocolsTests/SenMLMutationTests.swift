import Mutation
import Primitives
import Protocols
import Telemetry
import Testing

/// Mutated packs: no crash, no row out of bounds (`PlainPack` asserts it), and where the pack stands changes nothing.
struct SenMLMutationTests {
  @Test func json() {
    let seeds = [
      #"[{"bn":"urn:dev:ow:10e2073a01080063:","bt":1320078429,"n":"temperature","v":27.2,"u":"Cel","s":1,"ut":5},"#
        + #"{"n":"hum\u0069dity","v":80.5e-1,"t":-1},{"n":"open","vb":true}]"#,
      #"[{"n":"urn:dev:mac:0024befffe804ff1_x","vs":"a\"\\\uD83D\uDE00","l":[1,{"a":null}]},{"n":"b/c","vd":"QUJD"}]"#,
    ]
    run(seeds.map { Array($0.utf8) }, .json, seed: 8_428)
  }

  @Test func cbor() {
    let seeds = [
      CBOR.array([
        .map([(.int(-2), .text("urn:dev:mac:aa/")), (.int(0), .text("t")), (.int(2), .double(1.5)), (.int(6), .int(5))]
        ),
        .map([(.text("n"), .text("x")), (.int(2), .tag(4, .array([.int(-2), .int(273)])))]),
        .map([
          (.int(0), .text("y")), (.int(8), .bytes([1, 2, 3, 4])), (.int(9), .map([(.int(1), .array([.bool(true)]))])),
        ]),
      ]).encoded,
      Self.alikeRows,
      [0x9F, 0xBF, 0x61, 0x6E, 0x7F, 0x61, 0x64, 0x61, 0x65, 0xFF, 0x02, 0xF9, 0x3C, 0x00, 0xFF, 0xFF],
    ]
    run(seeds, .cbor, seed: 8_949)
  }

  /// Rows that follow each other's names, with what may break that: another order, a name twice, a unit, a time of
  /// before, a name with a separator. Apart from the datagram each record is read the long way: both must agree.
  private static var alikeRows: [UInt8] {
    func record(_ name: String, _ value: CBOR, _ time: Int64, unit: String? = nil) -> CBOR {
      .map(
        [(.int(0), .text(name)), (.int(2), value), (.int(6), .int(time))] + (unit.map { [(.int(1), .text($0))] } ?? []))
    }
    return CBOR.array([
      .map([
        (.int(-2), .text("d7/")), (.int(-3), .int(1_795_170_000)), (.int(0), .text("temperature")),
        (.int(2), .tag(4, .array([.int(-1), .int(213)]))),
      ]),
      record("hum", .int(55), 0, unit: "%RH"),
      record("temperature", .tag(4, .array([.int(-1), .int(-214)])), 1),
      record("hum", .int(56), 1, unit: "%RH"),
      record("temperature", .tag(4, .array([.int(-2), .int(2_150)])), 2),
      record("hum", .double(57.5), 2, unit: "%"),
      record("hum", .int(58), 3),
      record("temperature", .int(22), 3),
      record("temperature", .int(23), 3),
      record("/hum", .int(-1), 4),
      record("temperature", .int(70_000), 1),
      record("temperature", .int(5), 5),
      record("hum", .int(6), 5),
      record("bat", .int(7), 5),
    ]).encoded
  }

  private func run(_ seeds: [[UInt8]], _ form: PlainPack.Form, seed: UInt64) {
    var random = SeededRandom(seed)
    var decoder = SenMLDecoder()
    var out = DecodedDatagram()
    var decoded = 0
    var reasons: Set<RejectReason> = []
    for _ in 0..<20_000 {
      let pack = random.mutated(seeds.randomElement(using: &random)!)
      let inside = PlainPack(
        pack, form, arrivalNanos: PlainPack.arrivalNanos, isApart: false, with: &decoder, into: &out)
      let apart = PlainPack(
        pack, form, arrivalNanos: PlainPack.arrivalNanos, isApart: true, with: &decoder, into: &out)
      #expect(inside.verdict == apart.verdict)
      #expect(inside.rows == apart.rows)
      switch inside.verdict {
      case .decoded: decoded += 1
      case .rejected(let reason):
        reasons.insert(reason)
        #expect(inside.rows.isEmpty)
      }
    }
    #expect(decoded > 100)
    #expect(reasons.count >= 5)
  }
}
