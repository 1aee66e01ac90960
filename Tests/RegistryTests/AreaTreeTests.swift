import Primitives
import Registry
import Testing

@Suite struct AreaTreeTests {
  /// A province that two became, on 1 July 2025: districts went, and codes went on under other names.
  static let reform = """
    code;parent;name;valid_from;valid_to
    52;;Tỉnh Bình Định;;01/07/2025
    52;;Tỉnh Gia Lai;1/7/2025;
    64;;Tỉnh Gia Lai;;2025-07-01
    540;52;Thành phố Quy Nhơn;;2025-07-01
    622;64;Thành phố Pleiku;;2025-07-01
    21583;540;Phường Thị Nại;;2025-07-01
    21583;52;Phường Quy Nhơn;2025-07-01;
    23575;622;Phường Tây Sơn;;2025-07-01
    23575;52;Phường Pleiku;2025-07-01;
    """
  static let before = CalendarDate(year: 2025, month: 6, day: 30)
  static let after = CalendarDate(year: 2025, month: 7, day: 1)

  private func tree(_ text: String) throws -> AreaTree {
    try DeviceRegistry.load(devices: Array("id,class\n".utf8), areas: Array(text.utf8)).areas
  }

  private func problems(_ text: String) -> [String] {
    do {
      _ = try DeviceRegistry.load(devices: Array("id,class\n".utf8), areas: Array(text.utf8))
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }

  @Test func aDayDecides() throws {
    let tree = try tree(Self.reform)
    #expect(tree.area(code: "52", on: Self.before)?.name == "Tỉnh Bình Định")
    #expect(tree.area(code: "52", on: Self.after)?.name == "Tỉnh Gia Lai")
    #expect(tree.area(code: "64", on: Self.after) == nil)
    #expect(tree.knows("64"))
    #expect(!tree.isWithin("23575", "52", on: Self.before))
    #expect(tree.isWithin("23575", "64", on: Self.before))
    #expect(tree.isWithin("23575", "52", on: Self.after))
    #expect(!tree.isWithin("23575", "64", on: Self.after))
    #expect(tree.isWithin("21583", "540", on: Self.before))
    #expect(!tree.isWithin("21583", "540", on: Self.after))
  }

  @Test func upAndDown() throws {
    let tree = try tree(Self.reform)
    #expect(tree.path(of: "21583", on: Self.before) == ["52", "540", "21583"])
    #expect(tree.path(of: "21583", on: Self.after) == ["52", "21583"])
    #expect(tree.path(of: "99", on: Self.after) == ["99"])
    #expect(tree.children(of: "52", on: Self.before).map(\.code) == ["540"])
    #expect(tree.children(of: "52", on: Self.after).map(\.name) == ["Phường Quy Nhơn", "Phường Pleiku"])
    #expect(tree.children(of: "", on: Self.before).map(\.code) == ["52", "64"])
  }

  @Test func withinItself() throws {
    let tree = try tree(Self.reform)
    #expect(tree.isWithin("52", "52", on: Self.before))
    #expect(tree.isWithin("unknown", "unknown", on: Self.before))
    #expect(!tree.isWithin("52", "", on: Self.before))
    #expect(!tree.isWithin("unknown", "52", on: Self.before))
  }

  @Test func codesAreStrings() throws {
    let tree = try tree("code,parent\n01,\n00004,01\n")
    #expect(tree.isWithin("00004", "01", on: Self.after))
    #expect(!tree.knows("1") && !tree.knows("4"))
  }

  @Test func anyDepth() throws {
    let rows = (1..<500).map { "a\($0),a\($0 - 1)\n" }.joined()
    let tree = try tree("code,parent\na0,\n" + rows)
    #expect(tree.isWithin("a499", "a0", on: Self.after))
    #expect(tree.path(of: "a499", on: Self.after).count == 500)
  }

  @Test func faults() {
    #expect(
      problems("code,parent,valid_from,valid_to\nA,,2025-02-30,\nB,,2025-01-02,2025-01-02\nC,X,,\n,,,\n,P,,\n") == [
        "cannot read registry areas.csv line 2: valid_from 2025-02-30 is no day such as 2025-07-01",
        "cannot read registry areas.csv line 3: valid_to 2025-01-02 is not after valid_from 2025-01-02",
        "cannot read registry areas.csv line 6: code is missing",
        "cannot read registry areas.csv line 4: parent X is no area of the file",
      ])
    #expect(
      problems("code,valid_from,valid_to\nA,,2025-07-01\nA,2025-06-30,\n") == [
        "cannot read registry areas.csv line 3: area A is valid on days of line 2 too"
      ])
    #expect(
      problems("code,parent,valid_from,valid_to\nP,,,2025-07-01\nC,P,2025-07-01,\n") == [
        "cannot read registry areas.csv line 3: parent P is valid on none of its days"
      ])
  }

  @Test func cyclesAreRefused() {
    #expect(
      problems("code,parent\nA,B\nB,C\nC,A\n") == ["cannot read registry areas.csv line 2: area A lies within itself"])
    #expect(problems("code,parent\nA,A\n") == ["cannot read registry areas.csv line 2: area A lies within itself"])
    // Only while both rows hold.
    let turned = "code,parent,valid_from,valid_to\nA,,,2025-07-01\nA,B,2025-07-01,\nB,A,,2025-07-02\nB,,2025-07-02,\n"
    #expect(problems(turned) == ["cannot read registry areas.csv line 3: area A lies within itself"])
    #expect(
      problems("code,parent,valid_from,valid_to\nA,,,2025-07-01\nA,B,2025-07-01,\nB,A,,2025-07-01\nB,,2025-07-01,\n")
        == [])
  }

  @Test func aPathLeadsFromTheTop() {
    let tree = AreaTree([
      Area(code: "52", validTo: CalendarDate(year: 2025, month: 7, day: 1)),
      Area(code: "52", validFrom: CalendarDate(year: 2025, month: 7, day: 1)),
      Area(code: "540", parent: "52", validTo: CalendarDate(year: 2025, month: 7, day: 1)),
      Area(code: "21583", parent: "540", validTo: CalendarDate(year: 2025, month: 7, day: 1)),
      Area(code: "21589", parent: "52", validFrom: CalendarDate(year: 2025, month: 7, day: 1)),
    ])
    #expect(tree.path(of: "21583", on: Self.before) == ["52", "540", "21583"])
    // What ended stays where it was, what is to come stands where it will: sums lose nobody.
    #expect(tree.path(of: "21583", on: Self.after) == ["52", "540", "21583"])
    #expect(tree.path(of: "21589", on: Self.before) == ["52", "21589"])
    #expect(tree.path(of: "nowhere", on: Self.after) == ["nowhere"])
  }
}
