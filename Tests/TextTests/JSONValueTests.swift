import Testing
import Text

/// What is asked of a JSON value, of whatever kind it is.
@Suite struct JSONValueTests {
  private static let all: [JSONValue] = [
    .null, true, 7, .number(0.5), "x", .array([1]), .object([JSONMember(name: "a", value: 1)]),
  ]

  @Test func aValueIsOfOneKind() {
    #expect(Self.all.compactMap(\.text) == ["x"] && Self.all.compactMap(\.integer) == [7])
    #expect(Self.all.compactMap(\.boolean) == [true] && Self.all.compactMap(\.double) == [7, 0.5])
    #expect(Self.all.map(\.elements.count) == [0, 0, 0, 0, 0, 1, 0])
    #expect(Self.all.map(\.members.count) == [0, 0, 0, 0, 0, 0, 1])
    #expect(Self.all.compactMap { $0["a"] } == [1])
    #expect(JSONValue.integer(.min).double == -0x1p63)
  }

  /// RFC 8259 leaves open what two members of one name mean; here it is the same everywhere.
  @Test func ofTwoMembersOfOneNameEachIsKept() throws {
    let twice = JSONValue.object([
      JSONMember(name: "a", value: "first"), JSONMember(name: "b", value: .null), JSONMember(name: "a", value: "last"),
    ])
    #expect(twice["a"] == "first" && twice["b"] == .null && twice["c"] == nil && twice[""] == nil)
    #expect(twice.texts == ["a": "last"], "what is no text is left out")
    #expect(twice.members.map(\.name) == ["a", "b", "a"])
    #expect(try JSONReader.read(twice.serialized) == twice)
  }

  @Test func membersAreEqualByNameAndValue() {
    let member = JSONMember(name: "é", value: .array(["x", .members(("y", 1))]))
    #expect(member == JSONMember(name: "é", value: .array(["x", .members(("y", 1))])))
    #expect(member != JSONMember(name: "é", value: .array([.members(("y", 1)), "x"])))
    #expect(member != JSONMember(name: "e", value: member.value))
    #expect(Set([member, member, JSONMember(name: "", value: .null)]).count == 2)
    // A whole number and one with a point are two values.
    #expect(JSONMember(name: "n", value: 1) != JSONMember(name: "n", value: .number(1)))
  }

  @Test func objectsFromPairsKeepTheirOrderAndOthersAreSorted() {
    #expect(JSONValue.members(("b", 1), ("a", 2)).members.map(\.name) == ["b", "a"])
    #expect(JSONValue.members(["b": 1, "a": 2, "B": 3]).members.map(\.name) == ["B", "a", "b"])
    #expect(JSONValue.texts(["z": "1", "": "2"]) == .members(("", "2"), ("z", "1")))
    #expect(JSONValue.members([String: JSONValue]()).serialized == "{}" && JSONValue.texts([:]).members.isEmpty)
  }

  @Test func aCountIsAsLargeAsAnIntegerMayBe() {
    #expect(JSONValue.count(UInt64.max) == .integer(.max) && JSONValue.count(UInt8(7)) == 7)
    #expect(JSONValue.count(Int.min) == .integer(.min) && JSONValue.count(UInt64(Int64.max)) == .integer(.max))
  }
}
