import Primitives
import Telemetry

extension QueryPart {
  /// Its rows' place in the order of arrival: before all that is in memory.
  var arrival: Int64 { min(writtenMillis, FoundRow.inMemory - 2) }

  /// Whether any row of the part can have a version from `since` on: a part is written after its rows came, and a
  /// version is at most two seconds, and the millisecond that they end in, ahead of that.
  func mayHold(versionsSince since: Int64) -> Bool {
    writtenMillis >= since - 2_001
  }
}

extension RowChunk {
  /// When a row came, in milliseconds since 1970; where only its own time tells, the latest that it can have been.
  func arrivalVersion(_ row: Int, unitNanos: Int64) -> Int64 {
    let received = received(row)
    if received != RowChunk.noReceived { return received }
    return flooredDivision(time(row), by: Nanos.perMillisecond / unitNanos) + 1_001
  }
}
