import Testing

@testable import Registry

@Suite struct RegistryDifferenceTests {
  private let old = Array("id,class,name,area\na,sensor,One,52\nb,camera,Two,52\nc,bts,,48\n".utf8)

  @Test func rowsAreComparedByWhatTellsThemApart() {
    // Another order of rows and columns, and a column that nobody knows, change nothing.
    let new = Array("class,id,area,name,colour\nbts,c,48,,red\ncamera,b,48,Two,\ngateway,d,52,New,\n".utf8)
    let found = RegistryDifference(.devices, from: old, to: new, listed: 10)
    #expect(found.total == 3 && found.added == 1 && found.changed == 1 && found.removed == 1)
    #expect(found.rows.map(\.kind) == [.changed, .added, .removed])
    #expect(found.rows.map { $0.key.map(\.value) } == [["b"], ["d"], ["a"]])
    #expect(found.rows[0].changes == [RegistryDifference.Change(column: "area", before: "52", after: "48")])
  }

  @Test func allAreCountedAndTheFirstListed() {
    let found = RegistryDifference(.devices, from: nil, to: old, listed: 2)
    #expect(found.added == 3 && found.rows.count == 2 && found.changed + found.removed == 0)
    #expect(RegistryDifference(.devices, from: old, to: old, listed: 2).rows.isEmpty)
  }

  @Test func aCodeMayStandForSeveralTimes() {
    let areas = Array("code,name,valid_from,valid_to\n1,Old,,2025-07-01\n1,New,2025-07-01,\n".utf8)
    let later = Array("code,name,valid_from,valid_to\n1,Old,,2025-07-01\n1,Newer,2025-07-01,\n".utf8)
    let found = RegistryDifference(.areas, from: areas, to: later, listed: 9)
    #expect(found.changed == 1 && found.added == 0 && found.removed == 0)
    #expect(found.rows[0].key.map(\.column) == ["code", "valid_from"])
  }
}
