import Sys
import Testing

@testable import Lagoon

/// One process at a time changes a data directory.
@Suite struct DataLockTests {
  private func withData(_ body: (CatalogueFixture) throws -> Void) throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    try body(fixture)
  }

  @Test func whoComesSecondIsRefusedUntilTheFirstGoes() throws {
    try withData { fixture in
      let first = try DataLock(data: fixture.data)
      withExtendedLifetime(first) {
        for _ in 0..<2 {
          let error = #expect(throws: LagoonError.self) { _ = try DataLock(data: fixture.data) }
          #expect(error?.description.contains("another process works in it") == true)
          // Not even a repair may go on.
          #expect(throws: LagoonError.self) { try LagoonRepair.run(data: fixture.data) { _ in } }
        }
      }
    }
  }

  /// A file that a crash left behind locks nothing.
  @Test func whatIsLeftOfALockIsNone() throws {
    try withData { fixture in
      for _ in 0..<3 {
        _ = try DataLock(data: fixture.data)
        #expect(FileSystem.exists(fixture.data + "/lock"))
      }
      try withData { other in
        let locks = [try DataLock(data: fixture.data), try DataLock(data: other.data)]
        #expect(locks.count == 2)
      }
    }
  }

  @Test func aDirectoryThatIsNotThereIsNamed() throws {
    try withData { fixture in
      let error = #expect(throws: LagoonError.self) { _ = try DataLock(data: fixture.data + "/none") }
      #expect(error?.description.contains("cannot lock \(fixture.data)/none/lock") == true)
      #expect(!FileSystem.exists(fixture.data + "/none"))
    }
  }
}
