import Primitives
import Sys
import Testing

@testable import Fleet

/// Real series, where captures are there (`THINAI_CAPTURES`, else `../shared/captures` seen from the package).
struct RealSeriesTests {
  static let file: String? = {
    let package = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    let folder = ProcessFacts.environment("THINAI_CAPTURES") ?? "\(package)/../shared/captures"
    let file = "\(folder)/series/beijing-air/PRSA_Data_Aotizhongxin_20130301-20170228.csv"
    return (try? File.readWhole(file)) == nil ? nil : file
  }()

  @Test(.enabled(if: file != nil, "no captures: THINAI_CAPTURES names no folder with series/beijing-air"))
  func playsFourYearsOfAirQuality() throws {
    let path = try #require(Self.file)
    var options = SeriesOptions(path: path, timeColumns: ["year", "month", "day", "hour"], device: "none")
    options.measurement = "air"
    options.deviceColumn = "station"
    var player = try SeriesPlayer(options, grouping: .device)
    var buffer = DatagramBuffer(byteCount: FleetPlan.datagramBytes, datagrams: 1)
    var rows = 0
    var sum = 0.0
    while try player.next(into: &buffer) != nil {
      for row in readLines(buffer.datagram(0)) {
        rows += 1
        sum += row.numbers["TEMP"] ?? 0
      }
      buffer.removeAll()
    }
    // Four years of hours: 1,461 days.
    #expect(rows == 35_064 && player.tally.total.rows == rows && player.tally.unreadableRows == 0)
    let hours = player.tally.rollup(measurement: "air", field: "TEMP", stepNanos: Nanos.perHour, group: "Aotizhongxin")
    #expect(hours.count == 35_044 && hours.allSatisfy { $0.count == 1 })
    #expect(hours.first?.time == 1_362_096_000 * Nanos.perSecond)
    #expect((hours.reduce(0) { $0 + $1.sum } - sum).magnitude < 1e-6)
  }
}
