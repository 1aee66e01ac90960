import Journal
import Lagoon
import Primitives
import Rollups
import Sys
import Telemetry

/// Inputs to begin with for what a node keeps, made by our own writers.
enum KeptSeeds {
  static func seeds(of target: FuzzTarget) throws -> [[UInt8]] {
    switch target {
    case .records: return [records()]
    case .journal: return try [JournalWriter.storedLevel, 1].map { try segment(level: $0) }
    case .commit, .checkpoint, .versions: return try kept(of: target)
    case .zone:
      let path = "/usr/share/zoneinfo/"
      let files = ["Europe/Paris", "America/New_York", "Asia/Ho_Chi_Minh"].compactMap { try? File.readWhole(path + $0) }
      return files + ["CET-1CEST,M3.5.0,M10.5.0/3", "<-04>4<-03>,J60/0,300/-1"].map { Array($0.utf8) }
    case .sketch:
      var sketch = QuantileSketch()
      for value in [0.001, 0, -7, 1e300, 23.5] { sketch.add(value) }
      return [Array(sketch.text.utf8)]
    default: return []
    }
  }

  private static func records() -> [UInt8] {
    let text = Array("mưa".utf8)
    var buffer = RecordBuffer(capacity: 1 << 16)
    let arrival = ArrivalTime(nanos: 1_795_186_800_123_456_789)
    buffer.putOrigin(listener: 0, arrivalNanos: arrival.nanos)
    for number in 0..<3 as Range<UInt32> {
      let key = SeriesKey(measurement: "rain", device: "d\(number)", tags: [.init(name: "port", value: "1")])
      buffer.putSeries(number, canonicalKey: key.canonicalBytes.span.bytes)
    }
    buffer.putLayout(0, fieldCount: 3)
    for _ in 0..<3 { buffer.putLayoutField(name: text.span.bytes, unit: text.span.bytes) }
    var decoded = DecodedDatagram()
    for (tag, payload) in [
      (ValueTag.integer, 7), (.decimal(scale: 2), 235),
      (.string, TextRange(datagramOffset: 0, length: text.count).payload),
    ] as [(ValueTag, Int64)] {
      decoded.fields.append(DecodedField(name: .empty, tag: tag, payload: payload))
    }
    for second in 0..<6 as Range<Int64> {
      let time = (1_795_186_000 + second) * Nanos.perSecond
      let row = DecodedRow(
        key: .empty, keyForm: .canonical, firstField: 0, fieldCount: 3, timeNanos: time, hasTime: true)
      buffer.putRow(
        row, of: decoded, text.span.bytes, series: UInt32(second % 3), layout: 0, timeNanos: time, arrival: arrival)
    }
    return buffer.withUnsafeBytes { Array($0) }
  }

  private static func segment(level: Int32) throws -> [UInt8] {
    try SimulatedMachine(startNanos: 0).run {
      var writer = JournalWriter(directory: "/j", lane: 0, zstdLevel: level)
      try writer.open(segment: 1)
      for _ in 0..<3 { try records().withUnsafeBytes { try writer.append($0) } }
      try writer.commit()
      writer.close()
      return try File.readWhole(JournalSegment(directory: "/j", lane: 0, number: 1).path)
    }
  }

  /// What a catalogue wrote: commits, a checkpoint, records of versions.
  private static func kept(of target: FuzzTarget) throws -> [[UInt8]] {
    try SimulatedMachine(startNanos: 1_795_186_800_000_000_000).run {
      let catalogue = try Catalogue(data: "/data", node: "n")
      let chunk = RowChunk(capacity: 1)
      chunk.appendRow(series: 0, time: 1_795_000_000_000, previous: .max)
      chunk.setValue(column: 0, tag: .integer, payload: 7)
      let source = RowSource(
        chunks: [chunk], series: SeriesList([SeriesKey(measurement: "rain", device: "d")]),
        fields: [FieldIdentity(name: "v")], precision: .milliseconds)
      // As many as bring a checkpoint about.
      for segment in 1...41 as ClosedRange<UInt64> {
        try catalogue.seal(
          [TableRows(table: .readings("rain"), rows: source)],
          transactions: [LaneTransaction(lane: "n/lane-00", segment: segment)])
      }
      let log = "/data/tables/rain/_delta_log"
      switch target {
      case .versions:
        // Without the fingerprints, which each input gets anew.
        let lines = try File.readWhole("/data/versions").split(separator: 0x0A)
        return [Array(lines.map { $0.dropLast(17) }.joined(separator: [0x0A]))]
      case .checkpoint:
        return try FileSystem.list(log).filter { $0.name.hasSuffix(".checkpoint.parquet") }
          .map { try File.readWhole(log + "/" + $0.name) }
      default:
        let commits = try FileSystem.list(log).filter { $0.name.hasSuffix(".json") }.prefix(2)
        return try commits.map { commit in
          // Without our checksum, as another program writes it.
          Array(
            try File.readWhole(log + "/" + commit.name).split(separator: 0x0A).dropFirst().joined(separator: [0x0A]))
        }
      }
    }
  }
}
