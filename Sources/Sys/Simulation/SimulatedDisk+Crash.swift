import Synchronization

/// What is left of a disk after the machine went down.
extension SimulatedDisk {
  /// How a machine ends.
  public enum End: Sendable, CaseIterable {
    /// The process was killed: all that it wrote is there.
    case process
    /// The power went: of what was not synchronized some is there, in any order, some of it in part.
    case power
  }

  /// Starts the machine again: nothing is open or locked.
  public func restart(after end: End, using random: inout some RandomNumberGenerator) {
    state.withLock { state in
      state.handles = [:]
      state.isKilled = false
      state.callsLeft = nil
      for number in state.nodes.keys.sorted() {
        state.nodes[number]?.isLocked = false
        if end == .power { state.nodes[number]?.losePower(&random) }
      }
      state.forgetUnnamed()
    }
  }

  /// Every file with content under a path, and how many octets it has.
  public func files(under path: String) -> [(path: String, byteCount: Int)] {
    state.withLock { state in
      var files: [(path: String, node: Int)] = []
      if let top = state.find(path).node { state.addFiles(of: top, path, to: &files) }
      return files.map { ($0.path, state.nodes[$0.node]?.bytes.count ?? 0) }
    }
  }

  /// What may happen to what a disk holds.
  public enum Damage: Sendable {
    /// So many bits of a file are others.
    case bits(Int)
    /// A file ends before its end.
    case cut
    case fileRemoved
    /// A folder is gone with all that was in it.
    case folderRemoved
  }

  /// Damages one file or folder under a path, and what it was that was damaged; nil if there is none.
  public func damage(_ damage: Damage, under path: String, using random: inout some RandomNumberGenerator) -> String? {
    state.withLock { state in
      guard let top = state.find(path).node else { return nil }
      var files: [(path: String, node: Int)] = []
      state.addFiles(of: top, path, to: &files)
      if case .folderRemoved = damage {
        let folders = Set(files.map { FileSystem.parent(of: $0.path) }).subtracting([path]).sorted()
        guard let folder = folders.randomElement(using: &random) else { return nil }
        state.remove(folder)
        return folder
      }
      guard let (path, number) = files.randomElement(using: &random), let node = state.nodes[number] else {
        return nil
      }
      var bytes = node.bytes
      switch damage {
      case .bits(let count):
        for _ in 0..<count {
          bytes[Int.random(in: bytes.indices, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
        }
      case .cut: bytes.removeSubrange(Int.random(in: bytes.indices, using: &random)...)
      case .fileRemoved, .folderRemoved:
        state.remove(path)
        return path
      }
      state.nodes[number]?.bytes = bytes
      state.nodes[number]?.durableBytes = bytes
      return path
    }
  }
}

extension SimulatedDisk.Node {
  /// Keeps what is durable, and by chance some of the rest.
  fileprivate mutating func losePower(_ random: inout some RandomNumberGenerator) {
    if isDirectory {
      // A journalling file system keeps the order of a directory's changes.
      let kept = changes.prefix(Int.random(in: 0...changes.count, using: &random))
      entries = durableEntries
      for change in kept { entries[change.name] = change.node }
      durableEntries = entries
    } else {
      bytes = durableBytes
      for var write in writes where Bool.random(using: &random) {
        if !write.isCut && Int.random(in: 0..<4, using: &random) == 0 {
          write.bytes = Array(write.bytes.prefix(Int.random(in: 0...write.bytes.count, using: &random)))
        }
        put(write)
      }
      durableBytes = bytes
    }
    writes = []
    changes = []
  }
}

extension SimulatedDisk.State {
  /// Takes a name away, durably.
  fileprivate mutating func remove(_ path: String) {
    let found = find(path)
    guard let parent = found.parent else { return }
    nodes[parent]?.entries[found.name] = nil
    nodes[parent]?.durableEntries[found.name] = nil
    forgetUnnamed()
  }

  /// How much is done of what a call asks for: all, or at least one octet.
  mutating func shortened(_ count: Int) -> Int {
    guard let word = shortness, count > 1 else { return count }
    let next = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    shortness = next
    return next >> 62 == 0 ? 1 + Int((next >> 33) % UInt64(count)) : count
  }

  /// Every file with content that is in a directory or under it, in the order of names.
  fileprivate func addFiles(of directory: Int, _ path: String, to files: inout [(path: String, node: Int)]) {
    for (name, number) in (nodes[directory]?.entries ?? [:]).sorted(by: { $0.key < $1.key }) {
      guard let node = nodes[number] else { continue }
      if node.isDirectory {
        addFiles(of: number, path + "/" + name, to: &files)
      } else if !node.bytes.isEmpty {
        files.append((path + "/" + name, number))
      }
    }
  }

  /// Lets go of files that no name leads to, and names that lead to nothing.
  fileprivate mutating func forgetUnnamed() {
    var reached: Set<Int> = [0]
    var open = [0]
    while let number = open.popLast() {
      for (name, child) in nodes[number]?.entries ?? [:] {
        if nodes[child] == nil {
          nodes[number]?.entries[name] = nil
        } else if reached.insert(child).inserted {
          open.append(child)
        }
      }
    }
    nodes = nodes.filter { reached.contains($0.key) }
    usedBytes = nodes.values.reduce(0) { $0 + $1.bytes.count }
  }
}
