@testable import API
import Synchronization
import Testing

@Suite struct AnswerMemoryTests {
  @Test func itIsBoundedAndGivenBack() throws {
    let memory = AnswerMemory(limitBytes: 100)
    var first: AnswerMemory.Hold? = memory.hold(for: .always)
    let second = memory.hold(for: .always)
    #expect(first?.resize(to: 60) == true && !second.resize(to: 60) && second.resize(to: 40))
    #expect(memory.usedBytes == 100 && !second.resize(to: 41) && memory.usedBytes == 100)
    #expect(first?.resize(to: 10) == true && second.resize(to: 90))
    first = nil
    #expect(memory.usedBytes == 90 && second.resize(to: 0) && memory.usedBytes == 0)
  }

  @Test func oneAloneHasRoomHoweverLarge() throws {
    let memory = AnswerMemory(limitBytes: 100)
    let (large, other) = (memory.hold(for: .always), memory.hold(for: .always))
    #expect(large.resize(to: 500) && large.resize(to: 900) && memory.usedBytes == 900)
    #expect(!other.resize(to: 1) && memory.usedBytes == 900)
    withExtendedLifetime(large) {}
  }

  /// What a question holds on its way counts too, some megabytes at a time.
  @Test func aQuestionGrows() throws {
    let memory = AnswerMemory(limitBytes: 100 << 20)
    let (one, other) = (memory.hold(for: .always), memory.hold(for: .always))
    #expect(one.grow(to: 1) && memory.usedBytes == 0)
    #expect(one.grow(to: 40 << 20) && memory.usedBytes == 60 << 20)
    #expect(one.grow(to: 50 << 20) && memory.usedBytes == 60 << 20)
    #expect(!other.grow(to: 40 << 20) && other.grow(to: 20 << 20))
  }

  @Test func connectionsAreBoundedByTheDescriptors() {
    #expect(ConnectionBook.limit(openFiles: 40, of: 200) == (200 - 40 - 64) / 2 - ConnectionBook.spare)
    #expect(ConnectionBook.limit(openFiles: 90, of: 100) == ConnectionBook.spare)
    #expect(ConnectionBook.limit(openFiles: 40, of: 1 << 20) == 8_192)
  }
}
