import Lagoon
import Primitives
import Sys

/// When a node began to listen for the first time, in `DATA/first-start`: of what was before it, it cannot know whether
/// devices were there.
///
/// One line: nanoseconds since 1970. Written once; a data directory of before there was such a file began with the oldest
/// row that is in it, and so does one that a capture was replayed into.
enum FirstStart {
  static func open(
    _ data: String, now: UnixNanos, _ catalogue: Catalogue
  ) -> (time: UnixNanos, fault: String?) {
    let path = DataDirectory(data).firstStart
    var damage: String?
    if FileSystem.exists(path) {
      let text = (try? File.readWhole(path)).map { String(decoding: $0, as: UTF8.self) }
      let known = text.flatMap { text in Int64(String(text.prefix { !$0.isWhitespace })) }
      // A clock that was wrong then, and ahead, is not believed.
      if let known, known <= now { return (known, nil) }
      if known == nil {
        damage = "cannot read \(path): it is damaged; the node is taken to have begun with what is stored"
      }
    }
    let time = min(now, catalogue.storedView().measurements.flatMap(\.table.parts).map(\.oldest).min() ?? now)
    do throws(SystemError) {
      try FileSystem.replace(path, by: Array("\(time)\n".utf8))
      return (time, damage)
    } catch {
      return (time, "cannot write \(path): \(error); the node is taken to have begun with what is stored")
    }
  }
}
