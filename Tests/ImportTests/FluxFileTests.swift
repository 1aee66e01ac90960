import Import
import Testing

/// InfluxDB's annotated CSV becomes lines.
@Suite struct FluxFileTests {
  private static let text = """
    #datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string,string,string\r
    #group,false,false,true,true,false,false,true,true,true\r
    #default,_result,,,,,,,,\r
    ,result,table,_start,_stop,_time,_value,_field,_measurement,host\r
    ,,0,2026-11-19T00:00:00Z,2026-11-21T00:00:00Z,2026-11-20T00:00:00Z,20.5,t,weather,a b\r
    ,,0,2026-11-19T00:00:00Z,2026-11-21T00:00:00Z,2026-11-20T00:00:01Z,7,t,weather,a b\r
    ,,0,2026-11-19T00:00:00Z,2026-11-21T00:00:00Z,2026-11-20T00:00:02Z,NaN,t,weather,a b\r
    \r
    #datatype,string,long,dateTime:RFC3339,string,string,string,string\r
    #group,false,false,false,false,true,true,true\r
    #default,_result,,,,,,zone\r
    ,result,table,_time,_value,_field,_measurement,device\r
    ,,1,2026-11-20T00:00:00Z,"5, ""x""\",note,weather,\r
    ,,1,2026-11-20T00:00:00Z,5,weather\r
    \r
    #datatype,string,long,dateTime:RFC3339,long,string,string,string\r
    #group,false,false,false,false,true,true,true\r
    #default,_result,,,,,,\r
    ,result,table,_time,_value,_field,_measurement,port\r
    ,,2,2026-11-20T00:00:00Z,-7,n,power,e0\r

    """

  @Test func tablesAreRead() throws {
    let outcome = try ImportedFile("result.csv", Self.text).read { $0.device = "d" }
    #expect(
      outcome.lines == [
        "weather,device=d,host=a\\ b t=20.5 1795132800000000000", "weather,device=d,host=a\\ b t=7 1795132801000000000",
        "weather,device=zone note=\"5, \\\"x\\\"\" 1795132800000000000",
        "power,device=d,port=e0 n=-7i 1795132800000000000",
      ])
    #expect(
      outcome.faults == [
        RowFault(row: 7, cause: "its value 'NaN' is no double"),
        RowFault(row: 7, cause: "none of its values can be sent"),
        RowFault(row: 14, cause: "it has 6 values, and the header names 8"),
      ])
    #expect(outcome.refused == 2 && outcome.rows == 4)
  }

  @Test func whoseRowsAreIsForTheServerToTell() throws {
    let outcome = try ImportedFile("result.csv", Self.text).read()
    #expect(outcome.lines.first == "weather,host=a\\ b t=20.5 1795132800000000000")
    let wrong = try ImportedFile("result.csv", "#datatype,string,long\n#group,false,false\n#default,,\n,result,_time\n")
    #expect(
      wrong.failure()
        == "cannot import FILE: its table at line 4 has no column '_measurement' among '', 'result', '_time'"
    )
  }
}
