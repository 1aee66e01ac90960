import Primitives
import Testing

@Suite struct LimitsTests {
  @Test func theRelationsHold() {
    Limits.check()
  }
}
