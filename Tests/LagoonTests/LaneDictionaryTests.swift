import Primitives
import Telemetry
import Testing

@testable import Lagoon

@Suite struct LaneDictionaryTests {
  private func table(_ name: String) -> TableBuffer {
    TableBuffer(name: .readings(name), known: nil, precision: .milliseconds, newestSealedTime: nil)
  }

  private func series(_ device: String, in table: TableBuffer) -> UInt32 {
    let key = SeriesKey(measurement: "m", device: device).canonicalBytes
    return table.seriesNumber(key.span.bytes) ?? .max
  }

  @Test func whatWasNotDefinedIsKnownAsSuch() {
    var dictionary = LaneDictionary()
    for number in [0, 7, Int(Int32.max)] {
      let isThere = dictionary.isPlaced(number) || dictionary.hasLayout(number)
      let fields = dictionary.fieldCount(ofLayout: number)
      #expect(!isThere && fields == 0)
    }
    guard case .undefined = dictionary.refusal(7) else {
      Issue.record("nobody refused it")
      return
    }
    dictionary.define(layout: 3, fields: [])
    let known = (dictionary.hasLayout(2), dictionary.hasLayout(3), dictionary.hasLayout(4))
    #expect(known == (false, true, false))
  }

  @Test func numbersBetweenOnesThatAreDefinedAreNot() {
    var dictionary = LaneDictionary()
    let table = table("a")
    dictionary.place(9, in: table, as: series("d", in: table))
    let placed = (0..<12).filter { dictionary.isPlaced($0) }
    #expect(placed == [9])
  }

  @Test func refusalsAreTakenBackByADefinition() {
    var dictionary = LaneDictionary()
    let table = table("a")
    dictionary.refuse(4, .shed(.seriesLimit))
    guard case .shed(.seriesLimit) = dictionary.refusal(4) else {
      Issue.record("the reason is another")
      return
    }
    dictionary.refuse(5, .sealed)
    dictionary.place(4, in: table, as: 0)
    let isPlaced = (dictionary.isPlaced(4), dictionary.isPlaced(5))
    #expect(isPlaced == (true, false))
    guard case .undefined = dictionary.refusal(4), case .sealed = dictionary.refusal(5) else {
      Issue.record("a refusal is left, or gone")
      return
    }
  }

  /// A shape is of a table and a layout: two series of one table share it, those of another have their own.
  @Test func shapesAreSharedWithinATable() {
    var dictionary = LaneDictionary()
    let (first, second) = (table("a"), table("b"))
    for (number, device) in ["d1", "d2"].enumerated() {
      dictionary.place(number, in: first, as: series(device, in: first))
    }
    dictionary.place(2, in: second, as: series("d1", in: second))
    dictionary.define(layout: 0, fields: ["x", "y"].map { FieldIdentity(name: $0) })
    dictionary.define(layout: 1, fields: ["y", "z"].map { FieldIdentity(name: $0) })
    var shapes: [[UInt32]] = []
    for _ in 0..<2 {
      for layout in [0, 1, 0] {
        var row: [UInt32] = []
        for series in 0..<3 { row.append(dictionary.shape(ofSeries: series, layout: layout)) }
        shapes.append(row)
      }
    }
    #expect(shapes == [[0, 0, 1], [2, 2, 3], [0, 0, 1], [0, 0, 1], [2, 2, 3], [0, 0, 1]])
    func columns(_ shape: Int, _ dictionary: borrowing LaneDictionary) -> [Int32] {
      let place = dictionary.shapes[shape]
      return (0..<place.columnCount).map { dictionary.columns[place.firstColumn + $0] }
    }
    let found = [columns(0, dictionary), columns(2, dictionary), columns(3, dictionary)]
    #expect(found == [[0, 1], [1, 2], [1, 2]])
    #expect(first.fields.map(\.name) == ["x", "y", "z"])
  }

  @Test func seriesFollowTheTableThatTookTheirs() {
    var dictionary = LaneDictionary()
    let (former, next, last) = (table("a"), table("a"), table("a"))
    dictionary.place(0, in: former, as: series("d", in: former))
    let before = dictionary.isGivenWay(0)
    _ = series("other", in: last)
    former.giveWay(to: next)
    next.giveWay(to: last)
    let after = dictionary.isGivenWay(0)
    dictionary.follow(0)
    let (place, isGivenWay) = (dictionary.places[0], dictionary.isGivenWay(0))
    #expect(!before && after && !isGivenWay && place.series == 1)
    let table = dictionary.tables[Int(place.table)]
    #expect(table === last && table.series.device(place.series) == "d")
  }
}
