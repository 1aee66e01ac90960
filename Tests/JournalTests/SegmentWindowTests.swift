import Mutation
import Sys
import Testing

@testable import Journal

@Suite struct SegmentWindowTests {
  private static let content: [UInt8] = {
    var random = SeededRandom(4)
    let pattern = random.octets(4_099)
    return (0..<400).flatMap { _ in pattern }
  }()

  private func withWindow(_ body: (inout SegmentWindow) throws -> Void) throws {
    try SimulatedMachine(startNanos: 0).run {
      let file = try File("/a", .append)
      try file.write(all: Self.content)
      var window = try SegmentWindow(File("/a", .read))
      try body(&window)
    }
  }

  @Test func anyStretchIsWhatIsInTheFile() throws {
    try withWindow { window in
      var random = SeededRandom(1)
      for _ in 0..<100 {
        let offset = Int.random(in: 0...Self.content.count, using: &random)
        let count = [0, 1, 40, 70_000, 1 << 20].randomElement(using: &random) ?? 0
        let bytes = Array(try window.bytes(at: offset, count: count))
        #expect(bytes == Array(Self.content[offset..<min(Self.content.count, offset + count)]))
      }
      #expect(try window.bytes(at: Self.content.count + 5, count: 10).isEmpty)
      let (byteCount, unreadable) = (window.byteCount, window.unreadableBytes)
      #expect(byteCount == Self.content.count && unreadable == 0)
    }
  }

  @Test func whatTheDiskDoesNotGiveIsZeroAndCountedOnce() throws {
    try withWindow { window in
      // The window's read fails, and of the blocks the third.
      let rules = [
        FaultInjection.Rule(.read, .error(ErrorNumber.inputOutput), times: 1),
        .init(.read, .error(ErrorNumber.inputOutput), after: 2, times: 1),
      ]
      let bytes = try FaultInjection.with(rules) { Array(try window.bytes(at: 0, count: 20_000)) }
      #expect(bytes[..<8_192].elementsEqual(Self.content[..<8_192]))
      #expect(bytes[8_192..<12_288].allSatisfy { $0 == 0 })
      #expect(bytes[12_288...].elementsEqual(Self.content[12_288..<20_000]))
      let once = window.unreadableBytes
      #expect(once == 4_096)
    }
  }

  @Test func otherFaultsAreThrown() throws {
    try withWindow { window in
      FaultInjection.with([.init(.read, .error(ErrorNumber.notPermitted))]) {
        do throws(SystemError) {
          _ = try window.bytes(at: 0, count: 1)
          Issue.record("it was read")
        } catch {
          #expect(error.code == ErrorNumber.notPermitted)
        }
      }
      let isThere = try window.bytes(at: 7, count: 1)[0] == Self.content[7]
      #expect(isThere)
    }
  }
}
