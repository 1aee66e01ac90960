import Primitives
import Synchronization
import Sys

/// A store in a folder of this machine.
///
/// Bytes are written whole to a temporary file, made durable, and given their name by `link(2)`, which fails if another
/// writer has it already: never by rename, which would not.
struct LocalStore: Store {
  private let folder: String
  /// Of this process: no two writes share a temporary file.
  private static let writes = Atomic<UInt64>(0)

  init(folder: String) {
    self.folder = folder
  }

  var label: String { folder }

  private func path(_ name: String) -> String { folder + "/" + name }

  func create() throws(StoreError) {
    do throws(SystemError) { try FileSystem.createDirectories(folder) } catch { throw StoreError(error) }
  }

  func put(_ bytes: [UInt8], as name: String) throws(StoreError) -> PutResult {
    do throws(SystemError) {
      try write(bytes, to: path(name)) { temporary, path throws(SystemError) in
        try FileSystem.link(from: temporary, to: path)
        try? FileSystem.unlink(temporary)
      }
    } catch {
      if error.code == ErrorNumber.exists && error.call == .link { return .exists }
      throw StoreError(error)
    }
    do throws(StoreError) { try settle() } catch { return .unknown(error) }
    return .done
  }

  func replace(_ name: String, by bytes: [UInt8]) throws(StoreError) {
    do throws(SystemError) {
      try write(bytes, to: path(name)) { temporary, path throws(SystemError) in
        try FileSystem.rename(from: temporary, to: path)
      }
      try FileSystem.synchronizeDirectory(folder)
    } catch {
      throw StoreError(error)
    }
  }

  func get(_ name: String) throws(StoreError) -> [UInt8]? {
    do throws(SystemError) { return try File.readWhole(path(name)) } catch {
      if error.isNotFound { return nil }
      throw StoreError(error)
    }
  }

  func list() throws(StoreError) -> [String] {
    do throws(SystemError) { return try FileSystem.list(folder).map(\.name) } catch {
      if !error.isNotFound { throw StoreError(error) }
      if FileSystem.exists(folder) { throw StoreError("it is no folder") }
      return []
    }
  }

  func writtenNanos(_ name: String) throws(StoreError) -> UnixNanos? {
    do throws(SystemError) { return try FileSystem.status(path(name))?.modifiedNanos } catch {
      throw StoreError(error)
    }
  }

  func delete(_ name: String) throws(StoreError) {
    do throws(SystemError) { try FileSystem.unlink(path(name)) } catch {
      if !error.isNotFound { throw StoreError(error) }
    }
  }

  func settle() throws(StoreError) {
    do throws(SystemError) { try FileSystem.synchronizeDirectory(folder) } catch { throw StoreError(error) }
  }

  func removeLeftovers() {
    for name in (try? list()) ?? [] where name.hasSuffix(LagoonNames.temporarySuffix) {
      // Not another program's, which may be at work.
      if !name.hasPrefix(LagoonNames.foreignTemporaryPrefix) { try? FileSystem.unlink(path(name)) }
    }
  }

  /// Makes bytes durable in a temporary file, then has `name` give it its name. On failure nothing of it is left.
  private func write(
    _ bytes: [UInt8], to path: String, name: (_ temporary: String, _ path: String) throws(SystemError) -> Void
  ) throws(SystemError) {
    let number = Self.writes.wrappingAdd(1, ordering: .relaxed).newValue
    let temporary = path + ".\(ProcessFacts.processId).\(number)" + LagoonNames.temporarySuffix
    // Of a process of the same number, which is no more.
    if FileSystem.exists(temporary) { try FileSystem.unlink(temporary) }
    do throws(SystemError) {
      let file = try File(temporary, .createExclusive)
      try file.write(all: bytes)
      try file.synchronizeData()
      try name(temporary, path)
    } catch {
      try? FileSystem.unlink(temporary)
      throw error
    }
  }
}
