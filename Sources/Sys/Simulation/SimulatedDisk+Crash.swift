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
