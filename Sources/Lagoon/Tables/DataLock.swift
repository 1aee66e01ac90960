import Sys

/// The lock that says that this process changes a data directory: a server, a replay or a compaction, one at a time.
///
/// Held by the kernel (`flock` of `DATA/lock`), so that no crash leaves it behind.
public final class DataLock: Sendable {
  private let file: File

  public init(data: String) throws(LagoonError) {
    let path = data + "/" + LagoonNames.lock
    let isOurs: Bool
    do throws(SystemError) {
      file = try File(path, .readWrite)
      isOurs = try file.lock()
    } catch {
      throw LagoonError("lock", path, error)
    }
    if !isOurs { throw LagoonError("cannot use data directory \(data): another process works in it") }
  }
}
