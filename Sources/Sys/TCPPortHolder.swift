import CLinux

/// Finds out who listens on a TCP port, for the message of who cannot.
public enum TCPPortHolder {
  /// `thinai, process 4711`; nil if nobody does, or this process may not know.
  public static func find(port: UInt16) -> String? {
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
      guard let inode = inode(of: port, in: table) else { continue }
      return process(holding: inode) ?? "another user's process"
    }
    return nil
  }

  /// The number of the socket that listens.
  private static func inode(of port: UInt16, in table: String) -> String? {
    guard let bytes = try? File.readWhole(table) else { return nil }
    let hexadecimal = String(port, radix: 16, uppercase: true)
    let wanted = ":" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst() {
      let fields = line.split(separator: " ")
      // 0A is LISTEN.
      if fields.count > 9, fields[1].hasSuffix(wanted), fields[3] == "0A" { return String(fields[9]) }
    }
    return nil
  }

  private static func process(holding inode: String) -> String? {
    let wanted = "socket:[\(inode)]"
    for entry in (try? FileSystem.list("/proc")) ?? [] where entry.name.allSatisfy(\.isNumber) {
      let folder = "/proc/\(entry.name)/fd"
      for descriptor in (try? FileSystem.list(folder)) ?? [] {
        guard target(ofLink: folder + "/" + descriptor.name) == wanted else { continue }
        let name = (try? File.readWhole("/proc/\(entry.name)/comm")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return "\(name.split(separator: "\n").first ?? "?"), process \(entry.name)"
      }
    }
    return nil
  }

  private static func target(ofLink path: String) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      let count = clinux_read_link(path, buffer.baseAddress, buffer.count)
      if count < 0 { return nil }
      return String(decoding: UnsafeRawBufferPointer(buffer)[..<Int(count)], as: UTF8.self)
    }
  }
}
