import Protocols
import Telemetry
import Testing

struct SenMLJSONTests {
  static let now = PlainPack.arrivalNanos

  private func rows(_ json: String) -> [PlainRow] {
    let pack = PlainPack(json: json)
    #expect(pack.verdict == .decoded, "\(json)")
    return pack.rows
  }

  @Test func recordsOfOneDeviceAndTimeAreOneRow() {
    let rows = rows(
      #"[{"bn":"urn:dev:mac:0024befffe804ff1/","bt":1795176000,"n":"temperature","u":"Cel","v":23.5},"#
        + #"{"n":"open","vb":true},{"n":"state","vs":"chạy","u":"x"}]"#
    )
    #expect(
      rows == [
        PlainRow(
          "urn:dev:mac:0024befffe804ff1", 1_795_176_000_000_000_000,
          ["temperature=23.5 Cel", "open=true", "state='chạy' x"])
      ])
  }

  @Test func recordsThatAreNotAdjacentComeTogetherAndRepeatedFieldsStartARow() {
    let rows = rows(
      #"[{"bn":"d/","n":"a","v":1,"t":-1},{"n":"a","v":2,"t":-2},{"n":"b","v":3,"t":-1},"#
        + #"{"n":"a","v":4,"t":-1},{"n":"b","v":5,"t":-1},{"n":"c","v":6,"t":-2}]"#
    )
    let first = Self.now - 1_000_000_000
    let second = Self.now - 2_000_000_000
    #expect(
      rows == [
        PlainRow("d", first, ["a=1", "b=3"]), PlainRow("d", second, ["a=2", "c=6"]),
        PlainRow("d", first, ["a=4", "b=5"]),
      ])
  }

  @Test func aDeviceThatComesBackFindsItsRow() {
    let rows = rows(#"[{"bn":"a/","n":"x","v":1},{"bn":"b/","n":"x","v":2},{"bn":"a:","n":"y","v":3}]"#)
    #expect(rows == [PlainRow("a", nil, ["x=1", "y=3"]), PlainRow("b", nil, ["x=2"])])
  }

  @Test(arguments: [
    ("1795176000", 1_795_176_000_000_000_000), ("1795176000.25", 1_795_176_000_250_000_000),
    ("1795176000.123456789", 1_795_176_000_123_456_789), ("1.795176e9", 1_795_176_000_000_000_000),
    ("1795176000.1234567890123", 1_795_176_000_123_456_789), ("268435456", 268_435_456_000_000_000),
    ("268435455.5", now + 268_435_455_500_000_000), ("-30", now - 30_000_000_000), ("-0.5", now - 500_000_000),
    ("9223372036.854775807", Int64.max),
  ])
  func timesAreExact(text: String, nanos: Int64) {
    #expect(rows(#"[{"n":"d","t":\#(text),"v":1}]"#) == [PlainRow("d", nanos, ["value=1"])])
  }

  @Test func timesAreAddedUpAndZeroIsNow() {
    #expect(rows(#"[{"n":"d","v":1}]"#)[0].timeNanos == nil)
    #expect(rows(#"[{"n":"d","v":1,"t":0}]"#)[0].timeNanos == nil)
    #expect(rows(#"[{"n":"d","v":1,"bt":5,"t":-5}]"#)[0].timeNanos == nil)
    #expect(rows(#"[{"n":"d","bt":1795176000.125,"t":-0.125,"v":1}]"#)[0].timeNanos == 1_795_176_000_000_000_000)
    let carried = rows(#"[{"n":"d","bt":-10,"v":1},{"n":"d","t":3,"v":2}]"#)
    #expect(carried.map(\.timeNanos) == [Self.now - 10_000_000_000, Self.now - 7_000_000_000])
  }

  @Test(arguments: ["9223372036.854775808", "1e300", "-1e30"])
  func timesBeyondOurs(text: String) {
    // A time below 2^28 counts from now (RFC 8428, section 4.5.3).
    let last: Int64 = text.hasPrefix("-") ? .min + Self.now : .max
    #expect(rows(#"[{"n":"d","t":\#(text),"v":1}]"#).map(\.timeNanos) == [last])
  }

  @Test func timesWhoseSumIsBeyondOurs() {
    #expect(rows(#"[{"n":"d","bt":9e9,"t":9e9,"v":1}]"#).map(\.timeNanos) == [.max])
    #expect(PlainPack(json: #"[{"n":"d","t":-9.2e9,"v":1}]"#).verdict == .decoded)
    let early = PlainPack(json: #"[{"n":"d","t":-9e9,"v":1}]"#, arrivalNanos: -1_795_176_000_000_000_000)
    #expect(early.rows.map(\.timeNanos) == [.min])
  }

  @Test(arguments: [
    ("0", "0"), ("23.50", "23.5"), ("2.35e1", "23.5"), ("-17", "-17"), ("1E3", "1000"), ("1e-7", "0.0000001"),
    ("123456789012345678", "123456789012345678"), ("6.02e23", "6.02e+23d"), ("-0", "-0.0d"),
    ("0.1234567890123456789", "0.12345678901234568d"),
  ])
  func numbersAreWhatWasSent(text: String, value: String) {
    #expect(rows(#"[{"n":"d","v":\#(text)}]"#)[0].fields == ["value=\(value)"])
  }

  @Test func baseValuesAreAdded() {
    let rows = rows(
      #"[{"bn":"d/","bv":0.1,"n":"a","v":0.2},{"n":"b","v":-0.1},{"n":"c"},{"n":"e","vs":"x"},{"n":"f","v":1e300}]"#)
    #expect(rows == [PlainRow("d", nil, ["a=0.3", "b=0", "c=0.1", "e='x'", "f=1e+300d"])])
    let changed = self.rows(#"[{"bn":"d/","bv":10,"n":"a","v":1},{"bv":0,"n":"b","v":1}]"#)
    #expect(changed[0].fields == ["a=11", "b=1"])
    #expect(PlainPack(json: #"[{"n":"d","bv":1e308,"v":1.7e308}]"#).verdict == .rejected(.notANumber))
  }

  @Test func sumsAndUpdateTimesAreFieldsOfTheirOwn() {
    let rows = rows(
      #"[{"bn":"d/","n":"power","u":"W","v":5,"s":100.5,"ut":60},{"n":"energy","s":7},"#
        + #"{"bs":1000,"n":"x","s":1},{"n":"y","v":2}]"#
    )
    #expect(
      rows == [
        PlainRow(
          "d", nil,
          [
            "power=5 W", "power_sum=100.5", "power_update_time=60", "energy_sum=7", "x_sum=1001", "y=2",
            "y_sum=1000",
          ])
      ])
  }

  @Test func unitsCarryOver() {
    let rows = rows(#"[{"bn":"d/","bu":"Cel","n":"a","v":1},{"n":"b","u":"%RH","v":2},{"n":"c","v":3}]"#)
    #expect(rows[0].fields == ["a=1 Cel", "b=2 %RH", "c=3 Cel"])
  }

  @Test func escapesAreResolvedWhereverTheyStand() {
    let rows = rows(
      #"[{"\u0062n":"\u0064ev\/","\u006E":"a\u005Fb","vs":"q\"\\\/\b\f\n\r\t\u1EA1\uD83D\uDE00","u":"\u0025RH"}]"#)
    #expect(rows == [PlainRow("dev", nil, ["a_b='q\"\\/\u{8}\u{C}\n\r\tạ😀' %RH"])])
  }

  @Test func dataStaysAsSent() {
    #expect(rows(#"[{"n":"d","vd":"QUJD_-8"}]"#)[0].fields == ["value='QUJD_-8'"])
  }

  @Test func theLastOfTwoMembersCounts() {
    #expect(rows(#"[{"n":"x","n":"d","v":1,"v":2}]"#) == [PlainRow("d", nil, ["value=2"])])
  }

  @Test func unknownMembersAreReadOver() {
    let json =
      #" [ { "n" : "d" , "l":[{"href":"\u0061","deep":[[1,-2.5e+3],{}]},null,true,false,1e999], "zz":{}, "v":1 } ] "#
    #expect(rows(json) == [PlainRow("d", nil, ["value=1"])])
  }

  @Test func baseValuesMayStandAlone() {
    #expect(
      rows(#"[{"bn":"/"}]"#.replacing("/", with: "d/").replacing("}]", with: "},{\"n\":\"a\",\"v\":1}]"))
        == [PlainRow("d", nil, ["a=1"])])
    #expect(PlainPack(json: #"[{"bn":"d/","bt":5}]"#).verdict == .rejected(.senmlMissingValue))
  }

  @Test(arguments: [
    ("", RejectReason.senmlBadJSON), ("[", .senmlBadJSON), ("[]", .senmlNotAPack), ("{}", .senmlNotAPack),
    ("12", .senmlNotAPack), ("[1]", .senmlBadRecord), ("[{}]", .senmlMissingValue), ("[{]", .senmlBadJSON),
    (#"[{"n":"d","v":1}"#, .senmlBadJSON), (#"[{"n":"d","v":1},]"#, .senmlBadJSON),
    (#"[{"n":"d","v":1,}]"#, .senmlBadJSON), (#"[{"n":"d","v":1}] x"#, .senmlBadJSON),
    (#"[{"n":"d" "v":1}]"#, .senmlBadJSON), (#"[{'n':"d"}]"#, .senmlBadJSON), (#"[{"n":"d","v":01}]"#, .senmlBadJSON),
    (#"[{"n":"d","v":+1}]"#, .senmlBadJSON), (#"[{"n":"d","v":.5}]"#, .senmlBadJSON),
    (#"[{"n":"d","v":1.}]"#, .senmlBadJSON), (#"[{"n":"d","v":NaN}]"#, .notANumber),
    (#"[{"n":"d","v":1e400}]"#, .notANumber), (#"[{"n":"d","v":"1"}]"#, .senmlBadRecord),
    (#"[{"n":"d","v":null}]"#, .senmlBadRecord), (#"[{"n":5,"v":1}]"#, .senmlBadRecord),
    (#"[{"n":"d","vb":1}]"#, .senmlBadRecord), (#"[{"n":"d","vb":tru}]"#, .senmlBadJSON),
    (#"[{"n":"d","v":1,"vs":"x"}]"#, .senmlSeveralValues), (#"[{"n":"d"}]"#, .senmlMissingValue),
    (#"[{"v":1}]"#, .senmlBadName), (#"[{"n":"_d","v":1}]"#, .senmlBadName), (#"[{"n":"d e","v":1}]"#, .senmlBadName),
    (#"[{"n":"nhiệt","v":1}]"#, .senmlBadName), (#"[{"bn":"/","n":"d","v":1}]"#, .senmlBadName),
    (#"[{"n":"d","v":1,"bver":11}]"#, .senmlUnsupportedVersion), (#"[{"n":"d","v":1,"bver":1.5}]"#, .senmlBadRecord),
    (#"[{"n":"d","v":1,"x_":1}]"#, .senmlUnknownMandatoryField),
    (#"[{"n":"d","v":1,"longer_":1}]"#, .senmlUnknownMandatoryField),
    (#"[{"n":"d","vs":"\x"}]"#, .senmlBadJSON), (#"[{"n":"d","vs":"\uD800"}]"#, .senmlBadJSON),
    (#"[{"n":"d","vs":"\uDC00\uD800"}]"#, .senmlBadJSON), ("[{\"n\":\"d\",\"vs\":\"a\nb\"}]", .senmlBadJSON),
    (#"[{"n":"d","vs":"x}]"#, .senmlBadJSON),
    ("[{\"n\":\"d\",\"v\":1,\"l\":" + String(repeating: "[", count: 40) + "}]", .senmlTooDeep),
  ])
  func aBadPackIsRefusedByName(json: String, reason: RejectReason) {
    #expect(PlainPack(json: json).verdict == .rejected(reason), "\(json)")
  }

  @Test(arguments: [
    #"{"n":"f"}"#, #"{"n":"f","v":"3"}"#, #"{"n":"f","v":NaN}"#, #"{"n":"f","v":-Infinity}"#, #"{"n":"f","v":null}"#,
    #"{"n":"f","v":1,"vs":"x"}"#, #"{"n":"-f","v":1}"#, #"{"n":"f","v":{"a":[1]}}"#, "7",
  ])
  func aBadRecordCostsItself(record: String) {
    for pack in [#"[{"n":"d","v":1},\#(record),{"n":"e","v":2}]"#, #"[\#(record),{"n":"d","v":1},{"n":"e","v":2}]"#] {
      #expect(rows(pack).map(\.device) == ["d", "e"], "\(pack)")
    }
    #expect(PlainPack(json: "[\(record)]").rows.isEmpty)
  }

  @Test func aBadBaseCostsThePack() {
    let pack = PlainPack(json: #"[{"n":"d","v":1},{"bt":"x","n":"e","v":2},{"n":"f","v":3}]"#)
    #expect(pack.verdict == .rejected(.senmlBadRecord))
    #expect(pack.rows.isEmpty)
  }

  @Test func textMustBeUTF8() {
    for bad: [UInt8] in [
      [0xFF], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC3],
    ] {
      let bytes = Array(#"[{"n":"d","vs":""#.utf8) + bad + Array(#""}]"#.utf8)
      let pack = PlainPack(bytes, .json, arrivalNanos: Self.now, isApart: false)
      #expect(pack.verdict == .rejected(.senmlBadJSON), "\(bad)")
    }
  }

  @Test func namesAreBounded() {
    let long = String(repeating: "a", count: 513)
    #expect(PlainPack(json: #"[{"n":"\#(long)","v":1}]"#).verdict == .rejected(.nameTooLong))
    #expect(PlainPack(json: #"[{"bn":"\#(long)","n":"x","v":1}]"#).verdict == .rejected(.nameTooLong))
    #expect(PlainPack(json: #"[{"bn":"d/","n":"\#(long)","v":1}]"#).verdict == .rejected(.nameTooLong))
    let fits = String(repeating: "a", count: 512)
    #expect(rows(#"[{"n":"\#(fits)","v":1}]"#)[0].device == fits)
  }

  @Test func aRowsFieldsAreBounded() {
    let records = (0..<1_025).map { #"{"n":"f\#($0)","v":1}"# }
    let all = #"[{"bn":"d/"},"# + records.joined(separator: ",") + "]"
    #expect(PlainPack(json: all).verdict == .rejected(.tooManyFields))
    let some = #"[{"bn":"d/"},"# + records.dropLast().joined(separator: ",") + "]"
    #expect(rows(some)[0].fields.count == 1_024)
  }
}
