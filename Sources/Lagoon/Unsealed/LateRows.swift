import Primitives
import Telemetry

/// Rows of one table that may stand in its parts already, set aside as they come: whether they do is found out for many
/// at once, without a table's lock (see `UnsealedTables.settleLateRows`). Nobody sees them until then.
struct LateRows {
  /// What a row's own columns do not say.
  struct Origin: BitwiseCopyable {
    /// The generation that it is sealed with.
    var generation: UInt64
    /// When it came.
    var arrivalNanos: UnixNanos
    /// Where it is counted.
    var listener: UInt8
    /// Whether its time was cut to the table's unit.
    var isTimeCut: Bool
    var valueCount: UInt16
  }

  var list = ChunkList()
  /// By row, in the order of arrival.
  private(set) var origins: [Origin] = []
  private(set) var oldestArrivalNanos = UnixNanos.max

  init() {}

  /// A copy whose series have other numbers.
  init(_ other: LateRows, renumbering numbers: [UInt32]) {
    list = ChunkList(other.list, renumbering: numbers)
    origins = other.origins
    oldestArrivalNanos = other.oldestArrivalNanos
  }

  var count: Int { origins.count }
  var isEmpty: Bool { origins.isEmpty }

  /// Notes the row that was just appended to the list's open chunk.
  mutating func note(_ origin: Origin) {
    list.noteRow(valueCount: Int(origin.valueCount))
    origins.append(origin)
    oldestArrivalNanos = min(oldestArrivalNanos, origin.arrivalNanos)
  }
}
