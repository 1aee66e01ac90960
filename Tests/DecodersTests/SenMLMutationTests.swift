import Decoders
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
      [0x9F, 0xBF, 0x61, 0x6E, 0x7F, 0x61, 0x64, 0x61, 0x65, 0xFF, 0x02, 0xF9, 0x3C, 0x00, 0xFF, 0xFF],
    ]
    run(seeds, .cbor, seed: 8_949)
  }

  private func run(_ seeds: [[UInt8]], _ form: PlainPack.Form, seed: UInt64) {
    var random = SplitMix64(state: seed)
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
