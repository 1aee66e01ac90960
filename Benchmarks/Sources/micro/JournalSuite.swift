import Journal
import Protocols
import Sys
import Telemetry

/// Frames of the journal: the checksum and the write to the page cache, no commit.
enum JournalSuite {
  private static let framesPerPass = 2

  static func run(_ harness: inout Harness, _ traffic: RecordedTraffic, _ scratch: ScratchDirectory) throws {
    let batch = traffic.batches[1]
    let readings = Int(batch.counts[0].readings)
    var writer = JournalWriter(directory: scratch("journal"), lane: 0, zstdLevel: JournalWriter.storedLevel)
    var segment: UInt64 = 0
    var frameBytes = 0
    try harness.measure("append a batch to the journal", per: "reading", promise: .noAllocation) { watch in
      segment += 1
      try writer.open(segment: segment)
      // The first frame creates the file.
      try append(batch, to: &writer)
      let before = writer.bytesWritten
      watch.start()
      for _ in 0..<framesPerPass { try append(batch, to: &writer) }
      watch.stop()
      frameBytes = (writer.bytesWritten - before) / framesPerPass
      writer.discardUncommitted()
      return framesPerPass * readings
    }
    harness.note("a batch in the journal", Double(frameBytes) / Double(readings), unit: "bytes per reading")
  }

  private static func append(_ batch: Batch, to writer: inout JournalWriter) throws(SystemError) {
    var failure: SystemError?
    batch.records.withUnsafeBytes { bytes in
      do throws(SystemError) {
        try writer.append(bytes)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }
}
