import Lagoon
import Testing

/// A part's footer says what its columns mean.
@Suite struct PartLayoutTests {
  private static let columns = """
    [{"column":"port","name":"port","role":"tag","unit":""},{"column":"v","name":"v","role":"field","unit":"Cel"},\
    {"column":"v__text","name":"v","role":"text","unit":""},{"column":"v__exact","name":"v","role":"exact","unit":""},\
    {"column":"odd","name":"odd","role":"unheard-of","unit":""},{"column":"w","name":"w x","role":"field","unit":""}]
    """

  @Test func siblingsComeBeforeTheFieldsOwnColumn() throws {
    let layout = try #require(PartLayout(metadata: [("thinai.table", "power"), ("thinai.columns", Self.columns)]))
    #expect(layout.table == "power" && !layout.isOwnTable && layout.tags.map(\.name) == ["port"])
    #expect(layout.fields.map(\.name) == ["v", "w x"])
    #expect(layout.fields[0].columns.map(\.name) == ["v__exact", "v__text", "v"])
    #expect(layout.fields[0].columns.map(\.isNumberText) == [false, true, false])
  }

  @Test func whatSaysNothingHasNoLayout() {
    #expect(PartLayout(metadata: []) == nil)
    #expect(PartLayout(metadata: [("thinai.table", "power"), ("thinai.columns", "{")]) == nil)
    #expect(PartLayout(metadata: [("thinai.table", "events"), ("thinai.columns", "[]")])?.isOwnTable == true)
  }
}
