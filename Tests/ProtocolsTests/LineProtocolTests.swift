import Primitives
import Telemetry
import Testing
@testable import Protocols

@Suite struct LineProtocolTests {
  @Test func readsAWholeLine() {
    let reading = LineReading("weather,device=qn-1,site=a temp=23.40,cnt=12345i,ok=t,s=\"a b\" 1763610000000000001\n")
    #expect(reading.verdict == .decoded)
    #expect(
      reading.rows == [
        LineRow(
          key: "weather,device=qn-1,site=a",
          fields: [
            LineField("temp", .decimal(234, 1)), LineField("cnt", .integer(12_345)), LineField("ok", .boolean(true)),
            LineField("s", .string("a b")),
          ], time: 1_763_610_000_000_000_001)
      ])
  }

  @Test func valuesInEveryForm() {
    for (text, value) in [
      ("1", LineValue.decimal(1, 0)), ("1.", .decimal(1, 0)), (".5", .decimal(5, 1)), ("-1.5e-3", .decimal(-15, 4)),
      ("+1", .decimal(1, 0)), ("1E10", .decimal(10_000_000_000, 0)), ("-0", .double(-0.0)),
      ("6.02e23", .double(6.02e23)),
      ("0i", .integer(0)), ("-0i", .integer(0)), ("-12i", .integer(-12)), ("+12i", .integer(12)), ("12u", .integer(12)),
      ("9223372036854775807i", .integer(.max)), ("-9223372036854775808i", .integer(.min)),
      ("9223372036854775807u", .integer(.max)), ("9223372036854775808u", .double(9_223_372_036_854_775_808)),
      ("18446744073709549568u", .double(18_446_744_073_709_549_568)), ("1234567890i", .integer(1_234_567_890)),
      ("t", .boolean(true)), ("T", .boolean(true)), ("true", .boolean(true)), ("True", .boolean(true)),
      ("TRUE", .boolean(true)), ("f", .boolean(false)), ("F", .boolean(false)), ("false", .boolean(false)),
      ("False", .boolean(false)), ("FALSE", .boolean(false)), ("\"\"", .string("")), ("\"a,b =c\"", .string("a,b =c")),
      ("\"a\\\"b\\\\c\\nd\\\"\"", .string("a\"b\\c\\nd\"")), ("\"two\nlines\"", .string("two\nlines")),
      ("\"back\\\\\"", .string("back\\")), ("\"Thị Nại\"", .string("Thị Nại")),
    ] {
      let result = lineValue(text)
      #expect(result.value == value, "\(text)")
      if case .double(let number)? = result.value, number == 0 { #expect(number.sign == .minus) }
    }
  }

  @Test func badValuesHaveReasons() {
    for (text, reason) in [
      ("", RejectReason.lineBadValue), ("x", .lineBadValue), ("tRue", .lineBadValue), ("truefalse", .lineBadValue),
      ("1x", .lineBadValue), ("1.5i", .lineBadValue), ("1e3i", .lineBadValue), ("1.0i", .lineBadValue),
      ("1ii", .lineBadValue), ("-1u", .lineBadValue), ("i", .lineBadValue), ("--1", .lineBadValue),
      ("1e", .lineBadValue),
      ("1e400", .lineBadValue), ("\"a\"b", .lineBadValue), ("0x1F", .lineBadValue), ("1\"", .lineBadValue),
      ("NaN", .notANumber), ("nan", .notANumber), ("-inf", .notANumber), ("+Inf", .notANumber),
      ("Infinity", .notANumber),
      ("9223372036854775808i", .integerOutOfRange), ("-9223372036854775809i", .integerOutOfRange),
      ("9223372036854775809u", .integerOutOfRange), ("18446744073709551615u", .integerOutOfRange),
      ("99999999999999999999999i", .integerOutOfRange), ("\"abc", .lineUnclosedQuote),
      ("\"abc\\\"", .lineUnclosedQuote),
      ("\"", .lineUnclosedQuote), ("\"abc\\", .lineUnclosedQuote), ("1,", .lineBadField), ("1,b", .lineBadField),
      ("1,=2", .lineBadField), ("1, b=2", .lineBadField), ("1,b\\=2", .lineBadField), ("1 12x", .lineBadTimestamp),
      ("1 x", .lineBadTimestamp), ("1 -", .lineBadTimestamp), ("1 1 2", .lineBadTimestamp),
      ("1 1.5", .lineBadTimestamp),
    ] {
      let result = lineValue(text)
      #expect(result.reason == reason, "\(text): \(String(describing: result))")
      #expect(result.value == nil)
    }
  }

  @Test func brokenLinesHaveReasons() {
    for (text, reason) in [
      ("", RejectReason.empty), ("\n\r\n  \t\n", .empty), ("# only a comment\n#\n", .empty), ("\0", .empty),
      (",a=b f=1", .lineMissingMeasurement), ("m", .lineMissingFields), ("m ", .lineMissingFields),
      ("m\\ f=1", .lineMissingFields), ("m \r\n", .lineMissingFields), ("m,a=b   ", .lineMissingFields),
      ("m f", .lineBadField), ("m =1", .lineBadField), ("m f g=1", .lineBadField), ("m ,=", .lineBadField),
    ] {
      let reading = LineReading(text)
      #expect(reading.verdict == .rejected(reason), "\(text)")
      #expect(reading.rows.isEmpty && reading.refused.isEmpty)
    }
  }

  @Test func aBadLineCostsItselfAlone() {
    let reading = LineReading("a x=1 1\nb x=oops 2\n\n# note\nc x=3,y=\"q\\\"\" 3\r\n,d x=1\ne x=nan\nf x=4 4")
    #expect(reading.verdict == .decoded)
    #expect(reading.rows.map(\.key) == ["a", "c", "f"])
    #expect(reading.rows.map(\.time) == [1, 3, 4])
    #expect(reading.rows[1].fields == [LineField("x", .decimal(3, 0)), LineField("y", .string("q\""))])
    #expect(reading.refused == [.lineBadValue, .lineMissingMeasurement, .notANumber])
  }

  @Test func theFirstReasonSpeaksForADatagramWithoutAGoodLine() {
    let reading = LineReading("m x=nan\nm\n")
    #expect(reading.verdict == .rejected(.notANumber))
    #expect(reading.refused.isEmpty)
  }

  @Test func anUnclosedQuoteCostsOneLine() {
    let reading = LineReading("m s=\"abc\nn x=1 5\no s=\"fine\" 6\n")
    #expect(reading.rows.map(\.key) == ["n", "o"])
    let last = LineReading("m x=1 5\nm s=\"abc\nn x=2")
    #expect(last.rows.map(\.key) == ["m", "n"])
    #expect(last.refused == [.lineUnclosedQuote])
  }

  @Test func textInABadLinesStringIsNoLine() {
    let reading = LineReading("m x=bad,s=\"a\nforged x=1 1\nb\" 7\nn x=2 8\n")
    // The bad value costs its field; the string is one all the same.
    #expect(reading.rows.map(\.key) == ["m", "n"])
    #expect(reading.refused.isEmpty && reading.refusedFields == [.lineBadValue])
    let unread = LineReading("m x=bad y,s=\"a\nforged x=1 1\nb\" 7\nn x=2 8\n")
    #expect(unread.rows.map(\.key) == ["n"])
  }

  @Test func aBadValueCostsItsField() {
    for (text, reason) in [
      ("a=1,b=,c=3", RejectReason.lineBadValue), ("a=1,b=nan,c=3", .notANumber), ("a=1,b=12x,c=3", .lineBadValue),
      ("a=1,b=\"x\"y,c=3", .lineBadValue), ("a=1,b=99999999999999999999i,c=3", .integerOutOfRange),
      ("a=1,\(String(repeating: "n", count: Limits.nameBytes + 1))=2,c=3", .nameTooLong),
      ("b=-inf,a=1,c=3", .notANumber), ("a=1,c=3,b=none", .lineBadValue),
    ] {
      let reading = LineReading("m,device=d \(text) 5")
      let expected = [LineField("a", .decimal(1, 0)), LineField("c", .decimal(3, 0))]
      #expect(reading.verdict == .decoded && reading.refusedFields == [reason], "\(text)")
      #expect(reading.rows == [LineRow(key: "m,device=d", fields: expected, time: 5)], "\(text)")
    }
    #expect(LineReading("m a=1,5 5").verdict == .rejected(.lineBadField))
    #expect(LineReading("m a=,b=nan 5").verdict == .rejected(.lineBadValue))
    #expect(LineReading("m a=no good,b=1 5").verdict == .rejected(.lineBadValue))
    #expect(LineReading("\u{FEFF}m a=1 5").rows.map(\.key) == ["m"])
  }

  @Test func blanksAreTakenWhereInfluxDBTakesThem() {
    let expected = [LineRow(key: "m,a=b", fields: [LineField("f", .decimal(1, 0))], time: 5)]
    for text in [
      "m,a=b f=1 5", "  m,a=b f=1 5", "m,a=b   f=1   5   ", "m,a=b f=1 5\r\n", "m,a=b f=1 5\r", "m,a=b \tf=1 \t5\t\n",
      "\n\nm,a=b f=1 5\n\n", "m,a=b f=1 5 \0",
    ] {
      #expect(LineReading(text).rows == expected, "\(text)")
    }
    #expect(LineReading("m f=1   \n").rows == [LineRow(key: "m", fields: [LineField("f", .decimal(1, 0))], time: nil)])
  }

  @Test func timesAreScaledByThePrecision() {
    for (precision, text, nanos) in [
      (LinePrecision.nanoseconds, "-1", Int64(-1)), (.nanoseconds, "9223372036854775807", .max),
      (.nanoseconds, "12345678", 12_345_678), (.nanoseconds, "1234567890123456", 1_234_567_890_123_456),
      (.microseconds, "1763610000000001", 1_763_610_000_000_001_000),
      (.milliseconds, "1763610000001", 1_763_610_000_001_000_000),
      (.seconds, "-1763610000", -1_763_610_000_000_000_000), (.minutes, "2", 120_000_000_000),
      (.hours, "2", 7_200_000_000_000), (.seconds, "0", 0),
    ] {
      #expect(LineReading("m f=1 \(text)", precision: precision).rows.first?.time == nanos, "\(text)")
    }
    // What cannot be said is the last time in its direction: nobody believes it.
    #expect(LineReading("m f=1 9223372037", precision: .seconds).rows.map(\.time) == [.max])
    #expect(LineReading("m f=1 -9223372036854776", precision: .microseconds).rows.map(\.time) == [.min])
    for text in ["9223372036854775808", "100000000000000000000", "99999999999999999999999999"] {
      #expect(LineReading("m f=1 \(text)").rows.map(\.time) == [.max], "\(text)")
    }
    #expect(LinePrecision.allCases.map(\.rawValue) == ["ns", "us", "ms", "s", "m", "h"])
  }

  @Test func namesAreUnescaped() {
    for (text, name) in [
      ("a", "a"), ("temperature_of_the_air", "temperature_of_the_air"), ("a\\ b", "a b"), ("a\\,b", "a,b"),
      ("a\\=b", "a=b"), ("a\\\"b", "a\"b"), ("a\\b", "a\\b"), ("a\\\\", "a\\\\"), ("nhiệt_độ", "nhiệt_độ"),
      ("\"q\"", "\"q\""),
      ("12345678", "12345678"), ("1234567", "1234567"),
    ] {
      #expect(LineReading("m \(text)=1").rows.first?.fields == [LineField(name, .decimal(1, 0))], "\(text)")
    }
  }

  @Test func keysStayAsTheyStand() {
    for key in ["m\\ n", "m\\,n,a\\ b=c\\=d", "m\\\\\\ n", "đo,thiết\\ bị=một", "=,a=b", "m\\n"] {
      #expect(LineReading("\(key) f=1 9").rows.first?.key == key)
    }
  }

  @Test func limitsAreNamed() {
    let long = String(repeating: "n", count: Limits.nameBytes)
    #expect(LineReading("m \(long)=1").rows.first?.fields.first?.name == long)
    #expect(LineReading("m \(long)n=1").verdict == .rejected(.nameTooLong))
    #expect(LineReading("m \(long)\\ =1").verdict == .rejected(.nameTooLong))
    #expect(LineReading(String(repeating: "k", count: Limits.seriesKeyBytes) + " f=1").verdict == .decoded)
    #expect(
      LineReading(String(repeating: "k", count: Limits.seriesKeyBytes + 1) + " f=1").verdict == .rejected(.nameTooLong))
    let fields = (0..<Limits.fieldsPerRow).map { "f\($0)=1" }.joined(separator: ",")
    #expect(LineReading("m \(fields)").rows.first?.fields.count == Limits.fieldsPerRow)
    #expect(LineReading("m \(fields),g=1").verdict == .rejected(.tooManyFields))
    let many = LineReading(
      String(repeating: "m \(fields)\n", count: Limits.fieldsPerDatagram / Limits.fieldsPerRow + 2))
    #expect(many.rows.count == Limits.fieldsPerDatagram / Limits.fieldsPerRow)
    #expect(many.refused == [.tooManyFields, .tooManyFields])
    let lines = LineReading(String(repeating: "a b=1\n", count: Limits.rowsPerDatagram + 10))
    #expect(lines.rows.count == Limits.rowsPerDatagram - 1)
    #expect(lines.refused == [.tooManyRows])
    let bad = LineReading("a b=1\n" + String(repeating: "a\n", count: Limits.rowsPerDatagram * 2))
    #expect(bad.rows.count == 1)
    #expect(bad.refused.count == Limits.rowsPerDatagram - 1)
    #expect(bad.refused.last == .tooManyRows)
  }
}
