import CLinux
import Synchronization

/// Equal blocks of memory, cut from regions: for columns that are filled and given back over and over. A region's pages
/// are asked for at once, since a page fault for each 4 KiB was a tenth of what a reading cost.
///
/// A region goes back to the kernel when nothing of it is in use and as much again is free: so memory follows use, and
/// a sealer that gives back what the lanes take a moment later costs nothing. Without memory it ends the process.
///
/// `unsafe` is sound here: a block is given to one caller at a time, and a region is unmapped only when all of its
/// blocks were given back.
public final class BlockPool: Sendable {
  /// Bytes of each block.
  public let blockBytes: Int
  private let regionBytes: Int
  private let blocksPerRegion: Int
  private let state = Mutex(State())

  private struct Region: @unchecked Sendable {
    var base: UnsafeMutableRawPointer
    var free: [UInt32]
  }

  private struct State: Sendable {
    /// By the address of its begin.
    var regions: [UInt: Region] = [:]
    /// Begins of regions that have free blocks, the one to take from last.
    var open: [UInt] = []
    var freeBlocks = 0
    var usedBlocks = 0
  }

  /// - Parameter regionBytes: a power of two, a multiple of 2 MiB.
  public init(blockBytes: Int, regionBytes: Int = 4 << 20) {
    precondition(
      blockBytes % 64 == 0 && regionBytes % (2 << 20) == 0 && blockBytes <= regionBytes, "BUG: blocks of no size")
    self.blockBytes = blockBytes
    self.regionBytes = regionBytes
    blocksPerRegion = regionBytes / blockBytes
  }

  deinit {
    state.withLock { state in
      for region in state.regions.values { clinux_unmap(region.base, regionBytes) }
    }
  }

  /// Bytes of the regions held.
  public var byteCount: Int { state.withLock { $0.regions.count } * regionBytes }

  /// A block, its content undefined.
  public func take() -> UnsafeMutableRawPointer {
    let address = state.withLock { state -> UInt in
      if state.open.isEmpty { addRegion(&state) }
      let begin = state.open[state.open.count - 1]
      let index = state.regions[begin]?.free.popLast() ?? 0
      if state.regions[begin]?.free.isEmpty ?? true { state.open.removeLast() }
      state.freeBlocks -= 1
      state.usedBlocks += 1
      return begin + UInt(index) * UInt(blockBytes)
    }
    guard let block = UnsafeMutableRawPointer(bitPattern: address) else { fatalError("BUG: a block at address 0") }
    return block
  }

  /// Gives back a block that `take` returned.
  public func give(_ block: UnsafeMutableRawPointer) {
    let address = UInt(bitPattern: block)
    let begin = address & ~UInt(regionBytes - 1)
    state.withLock { state in
      precondition(state.regions[begin] != nil, "BUG: a block of nobody was given back")
      if state.regions[begin]?.free.isEmpty ?? false { state.open.append(begin) }
      state.regions[begin]?.free.append(UInt32((address - begin) / UInt(blockBytes)))
      state.freeBlocks += 1
      state.usedBlocks -= 1
      if state.regions[begin]?.free.count == blocksPerRegion && state.freeBlocks - blocksPerRegion > state.usedBlocks {
        release(begin, &state)
      }
    }
  }

  private func addRegion(_ state: inout State) {
    guard let base = clinux_map_region(regionBytes) else {
      fatalError("FATAL: cannot allocate \(regionBytes) bytes for columns: out of memory")
    }
    let begin = UInt(bitPattern: base)
    state.regions[begin] = Region(base: base, free: (0..<UInt32(blocksPerRegion)).reversed())
    state.open.append(begin)
    state.freeBlocks += blocksPerRegion
  }

  private func release(_ begin: UInt, _ state: inout State) {
    guard let region = state.regions.removeValue(forKey: begin) else { return }
    state.open.removeAll { $0 == begin }
    state.freeBlocks -= blocksPerRegion
    clinux_unmap(region.base, regionBytes)
  }
}
