import Foundation
import Primitives
import Sys

/// A file of the configuration that is replaced whole while the node runs.
enum ReplacedFile {
  /// Writes beside the file, makes it durable, and gives it the file's name, mode and owner. A link stays one.
  static func put(_ bytes: [UInt8], at path: String) throws {
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let temporary = DataDirectory.temporary(of: target)
    if FileSystem.exists(temporary) { try FileSystem.unlink(temporary) }
    do {
      let file = try File(temporary, .createExclusive)
      let known = try? FileManager.default.attributesOfItem(atPath: target)
      if let mode = known?[.posixPermissions] {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: temporary)
      }
      if let owner = known?[.ownerAccountID], let group = known?[.groupOwnerAccountID] {
        // Only root may give a file away; others own it already.
        try? FileManager.default.setAttributes(
          [.ownerAccountID: owner, .groupOwnerAccountID: group], ofItemAtPath: temporary)
      }
      try file.write(all: bytes)
      try file.synchronizeData()
      try FileSystem.rename(from: temporary, to: target)
      try FileSystem.synchronizeDirectory(FileSystem.parent(of: target))
    } catch {
      try? FileSystem.unlink(temporary)
      throw error
    }
  }
}
