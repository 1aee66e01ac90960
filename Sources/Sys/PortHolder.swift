import CLinux

/// Who has a port: what `/proc` tells of sockets and of processes.
public enum PortHolder {
  /// `process 1234 (thinai)`; nil if it cannot be told, as of another user's process.
  public static func ofUDP(port: UInt16) -> String? {
    find(port, in: ["/proc/net/udp", "/proc/net/udp6"])
  }

  /// The same of a TCP port that somebody listens on.
  public static func ofTCP(port: UInt16) -> String? {
    find(port, in: ["/proc/net/tcp", "/proc/net/tcp6"], state: "0A")
  }

  private static func find(_ port: UInt16, in tables: [String], state: String? = nil) -> String? {
    var inodes: Set<String> = []
    for table in tables { inodes.formUnion(sockets(of: port, in: table, state: state)) }
    if inodes.isEmpty { return nil }
    let links = Set(inodes.map { "socket:[\($0)]" })
    guard let processes = try? FileSystem.list("/proc") else { return nil }
    for process in processes where process.name.utf8.allSatisfy({ (48...57).contains($0) }) {
      let directory = "/proc/\(process.name)"
      // Another user's descriptors are hidden, and processes end while they are looked at.
      guard let descriptors = try? FileSystem.list(directory + "/fd") else { continue }
      for descriptor in descriptors where links.contains(target(of: "\(directory)/fd/\(descriptor.name)") ?? "") {
        if process.name == "\(ProcessFacts.processId)" { return "another listener of this process" }
        let name = (try? File.readWhole(directory + "/comm")) ?? []
        let text = String(decoding: name.prefix { $0 >= 0x20 }, as: UTF8.self)
        return "process \(process.name)" + (text.isEmpty ? "" : " (\(text))")
      }
    }
    return nil
  }

  /// The inodes of the sockets of a table that are bound to the port, of TCP those that listen (state 0A):
  /// ```
  ///   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode …
  ///  345: 00000000:1F99 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 21538 …
  /// ```
  private static func sockets(of port: UInt16, in table: String, state: String?) -> [String] {
    guard let bytes = try? File.readWhole(table) else { return [] }
    return bytes.split(separator: UInt8(ascii: "\n")).dropFirst().compactMap { line in
      let fields = line.split(separator: UInt8(ascii: " "))
      if let state, fields.count > 3, String(decoding: fields[3], as: UTF8.self) != state { return nil }
      guard fields.count > 9, let colon = fields[1].lastIndex(of: UInt8(ascii: ":")) else { return nil }
      let own = UInt16(String(decoding: fields[1][(colon + 1)...], as: UTF8.self), radix: 16)
      return own == port ? String(decoding: fields[9], as: UTF8.self) : nil
    }
  }

  private static func target(of link: String) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      buffer.initialize(repeating: 0)
      let length = clinux_read_link(link, buffer.baseAddress, buffer.count - 1)
      guard length > 0, let base = buffer.baseAddress else { return nil }
      return String(cString: base)
    }
  }
}
