import CLinux
import Primitives
import Synchronization

/// The file system of a simulated machine, in memory: what is written is there at once, and durable only once it was
/// synchronized, the bytes by `fdatasync` of the file, the names by `fsync` of their directory.
///
///     node ──bytes, unsynced writes──▶ durable bytes
///       ▲
///     directory ──names, unsynced changes──▶ durable names
///
/// Calls answer as the kernel does, with a value or with -errno.
public final class SimulatedDisk: Sendable {
  /// Descriptors of simulated files begin here: the kernel gives out no such numbers.
  static let firstDescriptor: Int32 = 1 << 30

  /// What stands in the place of the call at which the machine was killed, and of all after it.
  public static let killed: Int32 = 125

  let state: Mutex<State>

  struct State: Sendable {
    var nodes: [Int: Node] = [:]
    var nextNode = 1
    var handles: [Int32: Handle] = [:]
    var nextDescriptor = SimulatedDisk.firstDescriptor
    var usedBytes = 0
    let capacityBytes: Int
    var timeNanos: UnixNanos = 0
    /// Calls until the machine is killed; nil for never.
    var callsLeft: Int?
    var isKilled = false
    var callCount = 0
    /// What each call takes.
    var slownessNanos: Int64 = 0
    /// Whether it says that it has made durable what it has not.
    var isLying = false
    /// From which it chooses how much of a read or a write is done; nil if all of it always is.
    var shortness: UInt64?
  }

  struct Node: Sendable {
    var isDirectory: Bool
    var bytes: [UInt8] = []
    var durableBytes: [UInt8] = []
    var writes: [Write] = []
    var entries: [String: Int] = [:]
    var durableEntries: [String: Int] = [:]
    var changes: [Change] = []
    var isLocked = false
    var modifiedNanos: UnixNanos
  }

  /// Bytes that were written and not synchronized; none of a file that was cut to `offset`.
  struct Write: Sendable {
    var offset: Int
    var bytes: [UInt8]
    var isCut = false
  }

  /// A name that was given to a node, or taken away, and not synchronized.
  struct Change: Sendable {
    var name: String
    var node: Int?
  }

  struct Handle: Sendable {
    var node: Int
    var position = 0
    var isAppending: Bool
    var holdsLock = false
  }

  init(capacityBytes: Int) {
    var state = State(capacityBytes: capacityBytes)
    state.nodes[0] = Node(isDirectory: true, modifiedNanos: 0)
    self.state = Mutex(state)
  }

  func setTime(_ nanos: UnixNanos) { state.withLock { $0.timeNanos = nanos } }

  /// How many calls were made: what a kill may be chosen among.
  public var callCount: Int { state.withLock { $0.callCount } }

  /// Whether the machine was killed, and nothing that was done since counts.
  public var isKilled: Bool { state.withLock { $0.isKilled } }

  /// Kills the machine in the place of the call that comes after so many more; nil takes that back.
  public func kill(afterCalls calls: Int?) { state.withLock { $0.callsLeft = calls } }

  /// From now on each call takes that long.
  public func setSlowness(nanos: Int64) { state.withLock { $0.slownessNanos = nanos } }

  /// Whether it says from now on that it has made durable what it has not.
  public func setLying(_ isLying: Bool) { state.withLock { $0.isLying = isLying } }

  /// From now on reads and writes do a part of what they are asked for, chosen from a seed; nil takes that back.
  public func setShort(seed: UInt64?) { state.withLock { $0.shortness = seed } }

  /// One call: false if the machine is dead.
  private func call(_ body: (inout State) -> Int64) -> Int64 {
    let (result, nanos) = state.withLock { state in
      state.callCount += 1
      if let left = state.callsLeft {
        if left <= 0 { state.isKilled = true }
        state.callsLeft = left - 1
      }
      return (state.isKilled ? -Int64(Self.killed) : body(&state), state.slownessNanos)
    }
    // Nobody else runs meanwhile: who calls may hold a lock that they wait for.
    if nanos > 0 { SimulatedMachine.current?.advance(nanos: nanos) }
    return result
  }

  private func call32(_ body: (inout State) -> Int32) -> Int32 { Int32(call { Int64(body(&$0)) }) }

  // MARK: files

  func open(_ path: String, _ mode: Int32) -> Int32 {
    call32 { state in
      let found = state.find(path)
      var number = found.node
      let wantsDirectory = mode == Int32(CLINUX_DIRECTORY)
      if let number {
        if mode == Int32(CLINUX_CREATE_EXCLUSIVE) { return -ErrorNumber.exists }
        if state.nodes[number]?.isDirectory != wantsDirectory {
          return wantsDirectory ? -ErrorNumber.notADirectory : -ErrorNumber.isADirectory
        }
      } else {
        if mode == Int32(CLINUX_READ) || wantsDirectory { return -ErrorNumber.notFound }
        guard let parent = found.parent else { return -ErrorNumber.notFound }
        number = state.make(isDirectory: false)
        state.name(found.name, number, in: parent)
      }
      guard let number else { return -ErrorNumber.notFound }
      let descriptor = state.nextDescriptor
      state.nextDescriptor += 1
      state.handles[descriptor] = Handle(node: number, isAppending: mode == Int32(CLINUX_APPEND))
      return descriptor
    }
  }

  func close(_ descriptor: Int32) {
    state.withLock { state in
      guard let handle = state.handles.removeValue(forKey: descriptor) else { return }
      if handle.holdsLock { state.nodes[handle.node]?.isLocked = false }
    }
  }

  func status(of descriptor: Int32, _ raw: inout clinux_status) -> Int32 {
    var found = clinux_status()
    let result = call32 { state in
      guard let node = state.node(of: descriptor) else { return -ErrorNumber.invalid }
      found = Self.status(node)
      return 0
    }
    raw = found
    return result
  }

  func status(_ path: String, _ raw: inout clinux_status) -> Int32 {
    var found = clinux_status()
    let result = call32 { state in
      guard let number = state.find(path).node, let node = state.nodes[number] else { return -ErrorNumber.notFound }
      found = Self.status(node)
      return 0
    }
    raw = found
    return result
  }

  private static func status(_ node: Node) -> clinux_status {
    clinux_status(
      byte_count: Int64(node.bytes.count), modified_nanos: node.modifiedNanos, is_directory: node.isDirectory ? 1 : 0,
      is_regular: node.isDirectory ? 0 : 1)
  }

  func truncate(_ descriptor: Int32, _ byteCount: Int) -> Int32 {
    call32 { state in
      guard let number = state.handles[descriptor]?.node, var node = state.nodes.removeValue(forKey: number) else {
        return -ErrorNumber.invalid
      }
      state.usedBytes += byteCount - node.bytes.count
      node.cut(to: byteCount)
      node.writes.append(Write(offset: byteCount, bytes: [], isCut: true))
      state.nodes[number] = node
      return 0
    }
  }

  func synchronize(_ descriptor: Int32) -> Int32 {
    call32 { state in
      guard let number = state.handles[descriptor]?.node, var node = state.nodes.removeValue(forKey: number) else {
        return -ErrorNumber.invalid
      }
      if state.isLying {
        state.nodes[number] = node
        return 0
      }
      node.durableBytes = node.bytes
      node.durableEntries = node.entries
      node.writes = []
      node.changes = []
      state.nodes[number] = node
      return 0
    }
  }

  func lock(_ descriptor: Int32) -> Int32 {
    call32 { state in
      guard let number = state.handles[descriptor]?.node else { return -ErrorNumber.invalid }
      if state.nodes[number]?.isLocked ?? false { return state.handles[descriptor]?.holdsLock ?? false ? 1 : 0 }
      state.nodes[number]?.isLocked = true
      state.handles[descriptor]?.holdsLock = true
      return 1
    }
  }

  /// A copy, as long as it was: nobody changes a file that is mapped.
  func map(_ descriptor: Int32, _ byteCount: Int, _ address: inout UnsafeMutableRawPointer?) -> Int32 {
    guard let copy = clinux_map_anonymous(byteCount, 0) else { return -ErrorNumber.outOfMemory }
    let result = call32 { state in
      guard let node = state.node(of: descriptor), node.bytes.count >= byteCount else { return -ErrorNumber.invalid }
      node.bytes.withUnsafeBytes { bytes in
        if let base = bytes.baseAddress { copy.copyMemory(from: base, byteCount: byteCount) }
      }
      return 0
    }
    if result < 0 { clinux_unmap(copy, byteCount) } else { address = copy }
    return result
  }

  /// - Parameter offset: nil for the file's position, or its end where it is appended to.
  func write(_ descriptor: Int32, _ whole: UnsafeRawBufferPointer, at offset: Int?) -> Int64 {
    call { state in
      let bytes = UnsafeRawBufferPointer(rebasing: whole.prefix(state.shortened(whole.count)))
      guard var handle = state.handles[descriptor], var node = state.nodes.removeValue(forKey: handle.node) else {
        return -Int64(ErrorNumber.invalid)
      }
      defer { state.nodes[handle.node] = node }
      let start = offset ?? (handle.isAppending ? node.bytes.count : handle.position)
      let growth = max(0, start + bytes.count - node.bytes.count)
      if state.usedBytes + growth > state.capacityBytes { return -Int64(ErrorNumber.noSpace) }
      state.usedBytes += growth
      let write = Write(offset: start, bytes: Array(bytes))
      node.put(write)
      node.writes.append(write)
      node.modifiedNanos = state.timeNanos
      if offset == nil { handle.position = start + bytes.count }
      state.handles[descriptor] = handle
      return Int64(bytes.count)
    }
  }

  func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int64 {
    call { state in
      guard let node = state.node(of: descriptor) else { return -Int64(ErrorNumber.invalid) }
      let count = state.shortened(min(buffer.count, max(0, node.bytes.count - offset)))
      if count > 0 {
        node.bytes.withUnsafeBytes { bytes in
          buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
        }
      }
      return Int64(count)
    }
  }

  // MARK: names

  func makeDirectory(_ path: String) -> Int32 {
    call32 { state in
      let found = state.find(path)
      if found.node != nil { return -ErrorNumber.exists }
      guard let parent = found.parent else { return -ErrorNumber.notFound }
      state.name(found.name, state.make(isDirectory: true), in: parent)
      return 0
    }
  }

  func link(_ from: String, _ to: String) -> Int32 {
    call32 { state in
      guard let number = state.find(from).node else { return -ErrorNumber.notFound }
      let target = state.find(to)
      if target.node != nil { return -ErrorNumber.exists }
      guard let parent = target.parent else { return -ErrorNumber.notFound }
      state.name(target.name, number, in: parent)
      return 0
    }
  }

  func unlink(_ path: String) -> Int32 {
    call32 { state in
      let found = state.find(path)
      guard let number = found.node, let parent = found.parent else { return -ErrorNumber.notFound }
      if state.nodes[number]?.isDirectory ?? true { return -ErrorNumber.isADirectory }
      state.name(found.name, nil, in: parent)
      return 0
    }
  }

  func rename(_ from: String, _ to: String) -> Int32 {
    call32 { state in
      let (source, target) = (state.find(from), state.find(to))
      guard let number = source.node, let old = source.parent, let new = target.parent else {
        return -ErrorNumber.notFound
      }
      // Two names of one file: both stay (rename(2)).
      if target.node == number { return 0 }
      state.name(target.name, number, in: new)
      state.name(source.name, nil, in: old)
      return 0
    }
  }

  func removeDirectory(_ path: String) -> Int32 {
    call32 { state in
      let found = state.find(path)
      guard let number = found.node, let parent = found.parent else { return -ErrorNumber.notFound }
      guard let node = state.nodes[number], node.isDirectory else { return -ErrorNumber.notADirectory }
      if !node.entries.isEmpty { return -ErrorNumber.notEmpty }
      state.name(found.name, nil, in: parent)
      return 0
    }
  }

  func list(_ path: String) throws(SystemError) -> [DirectoryEntry] {
    var entries: [DirectoryEntry] = []
    let result = call32 { state in
      guard let number = state.find(path).node, let node = state.nodes[number] else { return -ErrorNumber.notFound }
      if !node.isDirectory { return -ErrorNumber.notADirectory }
      entries = node.entries.map { name, number in
        DirectoryEntry(name: name, isDirectory: state.nodes[number]?.isDirectory ?? false)
      }
      return 0
    }
    if result < 0 { throw SystemError(code: -result, call: .readdir) }
    return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}

extension SimulatedDisk.Node {
  mutating func cut(to byteCount: Int) {
    if byteCount <= bytes.count {
      bytes.removeSubrange(byteCount...)
    } else {
      bytes.append(contentsOf: repeatElement(0, count: byteCount - bytes.count))
    }
  }

  /// Puts bytes where they belong; what lies between is zero.
  mutating func put(_ write: SimulatedDisk.Write) {
    if write.isCut { return cut(to: write.offset) }
    let end = write.offset + write.bytes.count
    if bytes.count < end { bytes.append(contentsOf: repeatElement(0, count: end - bytes.count)) }
    bytes.replaceSubrange(write.offset..<end, with: write.bytes)
  }
}

extension SimulatedDisk.State {
  func node(of descriptor: Int32) -> SimulatedDisk.Node? { handles[descriptor].flatMap { nodes[$0.node] } }

  /// What a path leads to, the directory that it stands in, and its name there.
  func find(_ path: String) -> (node: Int?, parent: Int?, name: String) {
    var node: Int? = 0
    var parent: Int?
    var last = ""
    for part in path.split(separator: "/") where part != "." {
      parent = node.flatMap { nodes[$0]?.isDirectory ?? false ? $0 : nil }
      last = String(part)
      node = parent.flatMap { nodes[$0]?.entries[last] }
    }
    return (node, parent, last)
  }

  mutating func make(isDirectory: Bool) -> Int {
    nodes[nextNode] = SimulatedDisk.Node(isDirectory: isDirectory, modifiedNanos: timeNanos)
    nextNode += 1
    return nextNode - 1
  }

  /// Gives a name to a node, or takes it away.
  mutating func name(_ name: String, _ node: Int?, in directory: Int) {
    nodes[directory]?.entries[name] = node
    nodes[directory]?.changes.append(SimulatedDisk.Change(name: name, node: node))
  }
}
