import Primitives
import Telemetry

/// Chunks that rows are appended to, each as large as what is in it deserves: memory is in proportion to values, not to
/// rows times columns.
///
/// Chunks double from `firstCapacity` rows on as long as most of their cells hold something. Where rows have few of many
/// fields they stay small, and a large one is closed when rows come that would give it many new columns.
struct ChunkList {
  private(set) var chunks: [RowChunk] = []
  /// The row number of each chunk's first row.
  private var firstRows: [Int] = []
  private(set) var rowCount = 0
  /// Values of the open chunk, about.
  private var openCells = 0
  /// Columns of the chunk before the open one.
  private var columnsBefore = 0
  /// Chunks that are in the account and grow no more.
  private var accountedChunks = 0

  static let firstCapacity = 64

  init() {}

  /// A copy of the rows, in the same order, whose series have other numbers.
  init(_ other: ChunkList, renumbering numbers: [UInt32]) {
    chunks = other.chunks.map { $0.copy(renumbering: numbers) }
    firstRows = other.firstRows
    rowCount = other.rowCount
    columnsBefore = other.columnsBefore
    // The last chunk is full now: what comes next begins a small one.
  }
  /// Columns that a chunk may have beyond twice those of the one before.
  private static let columnsToSpare = 8
  /// Of so many cells that have memory one holds a value, or the next chunk is a small one.
  private static let cellsPerValue = 4

  /// The chunk that the next row goes to.
  @inline(__always)
  mutating func openChunk() -> RowChunk {
    if let chunk = chunks.last, !chunk.isFull { return chunk }
    return addChunk()
  }

  /// The chunk that rows with values in those columns go to.
  @inline(__always)
  mutating func openChunk(lacking missingColumns: (RowChunk) -> Int) -> RowChunk {
    let chunk = openChunk()
    if chunk.capacity <= Self.firstCapacity { return chunk }
    let missing = missingColumns(chunk)
    if missing == 0 || chunk.allocatedColumns + missing <= 2 * columnsBefore + Self.columnsToSpare { return chunk }
    chunk.close()
    return addChunk()
  }

  @inline(never)
  private mutating func addChunk() -> RowChunk {
    var capacity = Self.firstCapacity
    if let last = chunks.last {
      columnsBefore = last.allocatedColumns
      let cells = last.capacity * max(1, last.allocatedColumns)
      let isDense = openCells * Self.cellsPerValue >= cells
      capacity = isDense ? min(Limits.rowsPerChunk, last.capacity * 2) : Self.firstCapacity
    }
    let chunk = RowChunk(capacity: capacity)
    firstRows.append(rowCount)
    chunks.append(chunk)
    openCells = 0
    return chunk
  }

  /// Notes that a row with so many values was appended to the open chunk.
  @inline(__always)
  mutating func noteRow(valueCount: Int) {
    rowCount &+= 1
    openCells &+= valueCount
  }

  func chunk(ofRow number: Int) -> (chunk: RowChunk, row: Int) {
    var low = 0
    var high = chunks.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if firstRows[middle] <= number { low = middle } else { high = middle - 1 }
    }
    return (chunks[low], number - firstRows[low])
  }

  /// The chunks as they stand: full ones as they are, the open one copied.
  func snapshot() -> [RowChunk] {
    guard let open = chunks.last, !open.isFull else { return chunks }
    return Array(chunks.dropLast()) + (open.count == 0 ? [] : [open.copy()])
  }

  /// What the chunks grew by since the last call, in bytes.
  mutating func takeGrowth() -> Int {
    var growth = 0
    for chunk in chunks[accountedChunks...] {
      growth += chunk.byteCount - chunk.accountedBytes
      chunk.accountedBytes = chunk.byteCount
    }
    // The open one may still grow.
    accountedChunks = max(0, chunks.count - 1)
    return growth
  }
}
