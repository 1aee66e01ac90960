import Mutation
import Primitives
import Telemetry
import Testing
@testable import Protocols

@Suite struct LineProtocolPropertyTests {
  static let seeds = [
    "weather,device=qn-1,site=a temp=23.40,cnt=12345i,ok=t,s=\"a b\" 1763610000000000001\n",
    "m\\ x,a\\,b=c f\\ g=1.5e-3,h=\"q\\\"\\\\\" -5\r\nn,host=h v=18446744073709549568u\n",
    "# c\nshort f=1\nlonger_measurement,tag_name=tag_value field_name=-123456.789012,other=TRUE,third=.5 1763610000\n",
    "cam s=\"two\nlines\",e=f,i=-9223372036854775808i 1\n",
  ]

  @Test func mutationsNeverLeaveTheDatagram() {
    var numbers = SeededRandom(20)
    var out = DecodedDatagram()
    let alphabet = Array(" ,=\\\"\n\r\t#0-+.eEiutfnN".utf8)
    var decoded = 0
    for index in 0..<200_000 {
      let bytes = mutated(Array(Self.seeds[index % Self.seeds.count].utf8), alphabet: alphabet, using: &numbers)
      out.reset()
      let verdict = LineProtocolDecoder.decode(bytes.span.bytes, precision: .milliseconds, into: &out)
      // Reading everything as text is slow; a tenth of it is checked in full.
      if index % 10 == 0 {
        let reading = LineReading(bytes, into: &out)
        #expect(reading.isInBounds)
        #expect((reading.verdict == .decoded) == !reading.rows.isEmpty)
        for row in reading.rows { #expect(!row.fields.isEmpty && !row.key.isEmpty) }
      }
      if verdict == .decoded { decoded += 1 }
      for place in 0..<out.rows.count {
        let key = out.rows[place].key
        if index % 10 == 0 {
          _ = LineProtocolDecoder.seriesKey(
            from: bytes.span.bytes.extracting(key.offset..<key.offset + Int(key.length)), deviceTag: nil)
        }
      }
    }
    #expect(decoded > 20_000 && decoded < 200_000)
  }

  @Test func whatIsWrittenIsRead() {
    var numbers = SeededRandom(3)
    for _ in 0..<3_000 {
      var text = ""
      var rows: [LineRow] = []
      for _ in 0..<Int.random(in: 1...8, using: &numbers) {
        let isBad = Int.random(in: 0..<5, using: &numbers) == 0
        let (line, row) = randomLine(using: &numbers)
        if !isBad {
          text += line
          rows.append(row)
        } else if Bool.random(using: &numbers) {
          // A bad value costs its field.
          text += "bad,a=b x=oops,s=\"\n\" 5\n"
          rows.append(LineRow(key: "bad,a=b", fields: [LineField("s", .string("\n"))], time: 5))
        } else {
          // Without a value nobody can say where a field ends.
          text += "bad,a=b x=1,y,s=\"\n\" 5\n"
        }
      }
      let reading = LineReading(text)
      #expect(reading.rows == rows, "\(text)")
    }
  }

  func randomLine(using numbers: inout SeededRandom) -> (String, LineRow) {
    let words = ["a", "temp", "do am", "x,y", "k=v", "nhiệt độ", "long_name_of_a_field", "q\"q", "1"]
    var fields: [LineField] = []
    var parts: [String] = []
    for _ in 0..<Int.random(in: 1...6, using: &numbers) {
      let name = words.randomElement(using: &numbers)!
      let escaped = name.map { " ,=\"".contains($0) ? "\\\($0)" : "\($0)" }.joined()
      let value: LineValue
      let written: String
      switch Int.random(in: 0..<4, using: &numbers) {
      case 0:
        let number = Int64.random(in: .min ... .max, using: &numbers) >> Int64.random(in: 0...60, using: &numbers)
        (value, written) = (.integer(number), "\(number)i")
      case 1:
        let mantissa = Int64.random(in: 1...99_999_999, using: &numbers) * 10 + 7
        let scale = Int.random(in: 1...6, using: &numbers)
        let digits = String(repeating: "0", count: scale) + String(mantissa)
        (value, written) = (.decimal(-mantissa, scale), "-\(digits.dropLast(scale)).\(digits.suffix(scale))")
      case 2:
        let flag = Bool.random(using: &numbers)
        (value, written) = (.boolean(flag), flag ? "true" : "F")
      default:
        let string = words.randomElement(using: &numbers)! + "\n\\"
        (value, written) = (
          .string(string), "\"" + string.map { "\"\\".contains($0) ? "\\\($0)" : "\($0)" }.joined() + "\""
        )
      }
      fields.append(LineField(name, value))
      parts.append("\(escaped)=\(written)")
    }
    let time = Bool.random(using: &numbers) ? Int64.random(in: -9_999_999_999...(1 << 62), using: &numbers) : nil
    let key = "m\\ n,device=d\(Int.random(in: 0...99_999, using: &numbers))"
    let line = "\(key) \(parts.joined(separator: ","))" + (time.map { " \($0)" } ?? "") + "\n"
    return (line, LineRow(key: key, fields: fields, time: time))
  }
}
