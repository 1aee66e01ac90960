@testable import API
import Synchronization
import Testing

@Suite struct AnswerMemoryTests {
  @Test func itIsBoundedAndGivenBack() throws {
    let memory = AnswerMemory(limitBytes: 100)
    var first: AnswerMemory.Hold? = try memory.take(60, for: .always)
    #expect(throws: APIProblem.self) { try memory.take(60, for: .always) }
    let second = try memory.take(40, for: .always)
    #expect(memory.usedBytes == 100)
    withExtendedLifetime(first) {}
    first = nil
    #expect(memory.usedBytes == 40)
    withExtendedLifetime(second) {}
  }

  @Test func oneAloneHasRoomHoweverLarge() throws {
    let memory = AnswerMemory(limitBytes: 100)
    let hold = try memory.take(500, for: .always)
    #expect(memory.usedBytes == 500)
    #expect(throws: APIProblem.self) { try memory.take(1, for: .always) }
    withExtendedLifetime(hold) {}
  }

  @Test func connectionsAreBoundedByTheDescriptors() {
    #expect(ConnectionBook.limit(openFiles: 40, of: 200) == (200 - 40 - 64) / 2 - ConnectionBook.spare)
    #expect(ConnectionBook.limit(openFiles: 90, of: 100) == ConnectionBook.spare)
    #expect(ConnectionBook.limit(openFiles: 40, of: 1 << 20) == 8_192)
  }
}
