import Primitives
import Testing

@Suite struct NearestWordTests {
  private let known = ["camera", "bts", "sensor", "gateway"]

  @Test(arguments: [
    ("camara", "camera"), ("CAMERA", "camera"), ("cmaera", "camera"), ("sensors", "sensor"), ("senso", "sensor"),
    ("getaway", "gateway"), ("bt", "bts"), ("bst", "bts"),
  ])
  func oneThatIsNear(written: String, meant: String) {
    #expect(NearestWord.of(written, among: known) == meant)
    #expect(NearestWord.question(written, among: known) == "; did you mean \(meant)?")
  }

  @Test(arguments: ["", "x", "xyz", "radio", "gate", "camera", String(repeating: "a", count: 10_000)])
  func noneThatIsNear(written: String) {
    #expect(NearestWord.of(written, among: known) == nil)
    #expect(NearestWord.question(written, among: known) == "")
  }

  @Test func twoThatAreAsNearAreNone() {
    #expect(NearestWord.of("cat", among: ["car", "cap"]) == nil)
    #expect(NearestWord.of("cat", among: ["car", "car"]) == "car")
    #expect(NearestWord.of("devics", among: ["device", "devices"]) == nil)
    #expect(NearestWord.of("a", among: [] as [String]) == nil)
  }
}
