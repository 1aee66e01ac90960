import Primitives
import Testing

@testable import Fleet

struct SeriesTimeTests {
  private static let noon: Int64 = 1_488_369_600  // 2017-03-01T12:00:00Z

  @Test(arguments: [
    ("2017-03-01 12:00:00", 0), ("2017-03-01T12:00:00Z", 0), ("2017-03-01T12:00", 0), ("2017/03/01 12:00", 0),
    ("2017-03-01T19:00:00+07:00", 0), ("2017-03-01 19:00:00 +0700", 0), ("2017-03-01T08:30-03:30", 0),
    ("2017.03.01_12.00.00", 0), ("01/03/2017 12:00", 0), ("1/3/2017 12:00:00", 0), ("1488369600", 0),
    ("1488369600000", 0), ("1488369600000000", 0), ("1488369600000000000", 0), (" 2017-03-01 12:00:00 ", 0),
    ("2017-03-01 12:00:00.125", 125_000_000), ("2017-03-01T12:00:00,5Z", 500_000_000),
    ("1488369600.25", 250_000_000), ("1488369600125", 125_000_000), ("2017-03-01T12:00:00.123456789012Z", 123_456_789),
  ])
  func readsEveryForm(value: String, nanos: Int64) {
    #expect(SeriesTime.parse(Array(value.utf8), utcOffsetSeconds: 0) == Self.noon * Nanos.perSecond + nanos)
  }

  @Test func takesTheZoneGivenOnlyWhereTheTextSaysNone() {
    let zone = 7 * 3_600
    func seconds(_ value: String) -> Int64? {
      SeriesTime.parse(Array(value.utf8), utcOffsetSeconds: zone).map { $0 / Nanos.perSecond }
    }
    #expect(seconds("2017-03-01 19:00:00") == Self.noon)
    #expect(seconds("2017-03-01 12:00:00Z") == Self.noon)
    #expect(seconds("1488369600") == Self.noon)
    #expect(seconds("2017-03-01") == Self.noon - 19 * 3_600)
  }

  @Test(arguments: [
    "", "NA", "2017-02-29 00:00:00", "2017-13-01", "2017-03-01 25:00:00", "2017-03-01 12:61", "2017-03-01 12",
    "2017-03-01T12:00:00 CET", "17-03-01", "2017-03-01 12:00:00x", "1488369600x", "12345678901234567890", "2017-03/01",
    "9999-01-01", "2017-03-01 12:00:00.",
  ])
  func refusesTheRest(value: String) {
    #expect(SeriesTime.parse(Array(value.utf8), utcOffsetSeconds: 0) == nil)
  }

  @Test func joinsParts() {
    #expect(SeriesTime.instant(parts: [2017, 3, 1, 12], utcOffsetSeconds: 0) == Self.noon * Nanos.perSecond)
    #expect(SeriesTime.instant(parts: [2017, 3, 1, 19, 0, 0], utcOffsetSeconds: 25_200) == Self.noon * Nanos.perSecond)
    #expect(SeriesTime.instant(parts: [2017, 3, 1, 24], utcOffsetSeconds: 0) == nil)
    #expect(SeriesTime.instant(parts: [2017, 3], utcOffsetSeconds: 0) == nil)
  }

  @Test func readsOffsets() {
    #expect(SeriesOptions.utcOffset("+07:00") == 25_200)
    #expect(SeriesOptions.utcOffset("-0330") == -12_600)
    #expect(SeriesOptions.utcOffset("+7") == 25_200)
    #expect(SeriesOptions.utcOffset("Z") == 0)
    for wrong in ["", "7", "+", "+25", "+07:0", "+07:00 ", "+070"] { #expect(SeriesOptions.utcOffset(wrong) == nil) }
  }
}

struct SeriesColumnTests {
  @Test(arguments: ["0", "-0.7", "1023.2", "5.", ".5", "1e3", "-1.5E-07", "5.827000141143799", "00012"])
  func knowsNumbers(value: String) { #expect(SeriesColumn.isNumber(Array(value.utf8))) }

  @Test(arguments: ["", "-", ".", "+1", "1,5", "1e", "e3", "0x10", "1 ", "A81B", "inf", "1e999", "--1", "1.2.3"])
  func knowsWhatIsNone(value: String) { #expect(!SeriesColumn.isNumber(Array(value.utf8))) }
}

struct SeriesPlayerTests {
  /// All datagrams of a series, and the tally.
  static func play(_ csv: String, _ options: SeriesOptions) throws -> (datagrams: [String], tally: FleetTally) {
    var player = try SeriesPlayer(options, bytes: Array(csv.utf8), grouping: .device)
    var buffer = DatagramBuffer(byteCount: FleetPlan.datagramBytes, datagrams: 1)
    var datagrams: [String] = []
    while try player.next(into: &buffer) != nil {
      datagrams.append(text(buffer.datagram(0)))
      buffer.removeAll()
    }
    return (datagrams, player.tally)
  }

  private func options(_ time: [String], _ change: (inout SeriesOptions) -> Void = { _ in }) -> SeriesOptions {
    var options = SeriesOptions(path: "series.csv", timeColumns: time, device: "d1")
    options.measurement = "air"
    change(&options)
    return options
  }

  @Test func sendsNumbersWithTheTextOfTheFile() throws {
    let csv = """
      "No","year","month","day","hour","PM2.5","TEMP","wd","station"
      1,2013,3,1,0,4,-0.7,"NNW","Aotizhongxin"
      2,2013,3,1,1,NA,-1.10,"N","Aotizhongxin"
      3,2013,3,1,2,8,NA,NA,"Aotizhongxin"

      """
    let (datagrams, tally) = try Self.play(
      csv,
      options(["year", "month", "day", "hour"]) {
        $0.deviceColumn = "station"
        $0.linesPerDatagram = 2
      })
    #expect(
      datagrams == [
        "air,device=Aotizhongxin No=1,PM2.5=4,TEMP=-0.7,wd=\"NNW\" 1362096000000000000\n"
          + "air,device=Aotizhongxin No=2,TEMP=-1.10,wd=\"N\" 1362099600000000000\n",
        "air,device=Aotizhongxin No=3,PM2.5=8 1362103200000000000\n",
      ])
    #expect(tally.total.rows == 3 && tally.total.readings == 9)
    let hours = tally.rollup(measurement: "air", field: "TEMP", stepNanos: Nanos.perHour, group: "Aotizhongxin")
    #expect(hours.map(\.sum) == [-0.7, -1.1])
    let day = tally.rollup(measurement: "air", field: "PM2.5", stepNanos: Nanos.perDay)
    #expect(day.count == 1 && day[0].agrees(count: 2, sum: 12, min: 4, max: 8))
  }

  @Test func readsSpreadsheetsAndSkipsTextIfAsked() throws {
    let csv =
      "\u{FEFF}ngày; nhiệt độ;\"ghi \"\"chú\"\"\"\r\n24/05/2024 07:03;23.09;\"a;b\"\r\n24/05/2024 07:04;23.10;\r\n"
    let played = try Self.play(csv, options(["ngày"]) { $0.utcOffsetSeconds = 7 * 3_600 })
    #expect(
      played.datagrams == [
        "air,device=d1 nhiệt\\ độ=23.09,ghi\\ \"chú\"=\"a;b\" 1716508980000000000\n"
          + "air,device=d1 nhiệt\\ độ=23.10 1716509040000000000\n"
      ])
    let numbers = try Self.play(csv, options(["ngày"]) { $0.text = .skip })
    #expect(numbers.datagrams[0].hasPrefix("air,device=d1 nhiệt\\ độ=23.09 1716534180000000000\n"))
  }

  /// One value that is no number makes the whole column text, so that the field has one type.
  @Test func aColumnHasOneKind() throws {
    let (datagrams, _) = try Self.play(
      "t,node\n1700000000,53802\n1700000001,A81B\n1700000002,-\n", options(["t"]) { $0.linesPerDatagram = 1 })
    #expect(
      datagrams == [
        "air,device=d1 node=\"53802\" 1700000000000000000\n", "air,device=d1 node=\"A81B\" 1700000001000000000\n",
      ])
  }

  @Test func countsDoubledAndUnreadableRecords() throws {
    let csv =
      "t,v\n2019.12.01_12.11.21,1.5\n2019.12.01_12.11.21,1.5\n2019.12.01_12.11.21,2\nnever,3\n2019.12.01_12.11.22\n"
    let (datagrams, tally) = try Self.play(csv, options(["t"]))
    #expect(datagrams.count == 1)
    #expect(tally.measurements["air"]?.rows == 3 && tally.measurements["air"]?.doubled == 1)
    #expect(tally.unreadableRows == 1)
    let minute = tally.rollup(measurement: "air", field: "v", stepNanos: Nanos.perMinute)
    #expect(minute.count == 1 && minute[0].agrees(count: 2, sum: 3.5, min: 1.5, max: 2))
  }

  @Test func goesOnBehindARecordThatCannotBeRead() throws {
    let (datagrams, tally) = try Self.play("t,v\n1700000000,\"1\"x\n1700000001,2\n1700000002,\"3", options(["t"]))
    #expect(datagrams == ["air,device=d1 v=2 1700000001000000000\n"])
    #expect(tally.unreadableRows == 2)
  }

  @Test func choosesColumnsAndJoinsDateAndTime() throws {
    let (datagrams, _) = try Self.play(
      "date,time,a,b\n2017-03-01,12:00:05,1,2\n", options(["date", "time"]) { $0.columns = ["b"] })
    #expect(datagrams == ["air,device=d1 b=2 1488369605000000000\n"])
  }

  @Test func keepsDatagramsWithinWhatUDPCarries() throws {
    let long = String(repeating: "x", count: 30_000)
    let csv = "t,s\n" + (0..<5).map { "170000000\($0),\(long)\n" }.joined()
    let (datagrams, tally) = try Self.play(csv, options(["t"]))
    #expect(datagrams.map { $0.split(separator: "\n").count } == [2, 2, 1])
    let tooLong = try Self.play("t,s\n1700000000,\(long)\(long)\(long)\n", options(["t"]))
    #expect(tooLong.datagrams.isEmpty && tooLong.tally.unreadableRows == 1 && tally.unreadableRows == 0)
  }

  @Test func refusesWhatIsNotThere() {
    #expect(throws: FleetError("cannot play series series.csv: there is no column u among t, v")) {
      _ = try Self.play("t,v\n", options(["u"]))
    }
    #expect(throws: FleetError("cannot play series series.csv: the file is empty")) {
      _ = try Self.play("", options(["t"]))
    }
    #expect(throws: FleetError("cannot read series /nowhere/series.csv: No such file or directory")) {
      _ = try SeriesPlayer(
        SeriesOptions(path: "/nowhere/series.csv", timeColumns: ["t"], device: "d"), grouping: .total
      ).tally
    }
  }
}
