import Foundation
import Sys
import Testing

@testable import Lagoon

/// What every store promises, and what the local one does when the machine fails.
struct StoreTests {
  private func withLocal(_ body: (LocalStore, _ folder: String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "thinai-store-" + UUID().uuidString
    defer { try? FileSystem.removeTree(folder) }
    try body(LocalStore(folder: folder), folder)
  }

  private func promises(of store: any Store) throws {
    #expect(try store.list().isEmpty)
    #expect(try store.get("a") == nil)
    try store.create()
    try store.create()
    #expect(try store.put([1, 2], as: "a") == .done)
    #expect(try store.put([3], as: "a") == .exists)
    #expect(try store.get("a") == [1, 2])
    #expect(try store.put([], as: "b") == .done)
    #expect(try store.get("b") == [])
    try store.replace("a", by: [4])
    try store.replace("c", by: [5])
    #expect(try store.get("a") == [4])
    #expect(try store.list() == ["a", "b", "c"])
    #expect(try store.writtenNanos("a") != nil)
    #expect(try store.writtenNanos("z") == nil)
    try store.delete("b")
    try store.delete("b")
    try store.settle()
    #expect(try store.list() == ["a", "c"])
    #expect(store.label("a").hasSuffix("/a"))
  }

  @Test func theLocalOneKeepsThem() throws { try withLocal { store, _ in try promises(of: store) } }

  @Test func theOneOfTestsKeepsThem() throws { try promises(of: MemoryStore()) }

  @Test func ofManyWritersOneIsFirst() async throws {
    let folder = NSTemporaryDirectory() + "thinai-store-" + UUID().uuidString
    defer { try? FileSystem.removeTree(folder) }
    try LocalStore(folder: folder).create()
    let results = try await withThrowingTaskGroup(of: PutResult.self) { group in
      for writer in 0..<8 {
        group.addTask { try LocalStore(folder: folder).put([UInt8](repeating: UInt8(writer), count: 999), as: "a") }
      }
      var results: [PutResult] = []
      for try await result in group { results.append(result) }
      return results
    }
    #expect(results.count { $0 == .done } == 1)
    #expect(results.count { $0 == .exists } == 7)
    let bytes = try #require(try LocalStore(folder: folder).get("a"))
    #expect(bytes.count == 999 && Set(bytes).count == 1)
    // Nothing is left of the others.
    #expect(try LocalStore(folder: folder).list() == ["a"])
  }

  @Test(arguments: [SystemCall.open, .write, .fdatasync, .link])
  func aPutThatCannotBeDoneChangesNothing(_ call: SystemCall) throws {
    try withLocal { store, folder in
      try store.create()
      FaultInjection.with([.init(call, .error(ErrorNumber.noSpace), path: folder)]) {
        let failure = #expect(throws: StoreError.self) { try store.put([1], as: "a") }
        #expect(failure?.isOutOfSpace == true)
      }
      #expect(try store.list().isEmpty)
    }
  }

  /// The name is there, and a loss of power may take it: nobody may say that it is done.
  @Test func aNameThatIsNotDurableIsUnknown() throws {
    try withLocal { store, folder in
      try store.create()
      let result = try FaultInjection.with([.init(.fsync, .error(ErrorNumber.inputOutput), path: folder)]) {
        try store.put([1], as: "a")
      }
      guard case .unknown = result else {
        Issue.record("\(result)")
        return
      }
      #expect(try store.get("a") == [1])
      #expect(try store.put([1], as: "a") == .exists)
    }
  }

  @Test func aPlaceThatIsGoneIsNotMadeAnewByAPut() throws {
    try withLocal { store, _ in #expect(throws: StoreError.self) { try store.put([1], as: "a") } }
  }

  @Test func aPlaceThatIsNoFolderIsNamed() throws {
    try withLocal { store, folder in
      _ = try File(folder, .createExclusive)
      let failure = #expect(throws: StoreError.self) { try store.list() }
      #expect(failure?.description == "it is no folder")
    }
  }

  @Test func leftoversAreOursAlone() throws {
    try withLocal { store, folder in
      try store.create()
      for name in ["0.json.7.1.tmp", "_commit_9.json.tmp", "0.json"] { _ = try File(folder + "/" + name, .append) }
      store.removeLeftovers()
      #expect(try store.list() == ["0.json", "_commit_9.json.tmp"])
    }
  }
}
