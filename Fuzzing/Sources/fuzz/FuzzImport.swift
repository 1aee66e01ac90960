import Import
import Primitives
import Sys

/// Files that are imported, on a simulated machine.
enum FuzzImport {
  /// A footer may promise any number of rows.
  private static let pieces = 32

  /// - Parameter octets: the first says what is to be known of the file beside its columns.
  static func file(_ octets: [UInt8], _ format: ImportFormat) {
    guard let choice = octets.first else { return }
    SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond, capacityBytes: 64 << 20).run {
      try? File("/x", .append).write(all: Array(octets.dropFirst()))
      var options = ImportOptions()
      options.format = format
      options.measurement = "m"
      options.device = choice & 1 == 0 ? nil : "d"
      options.decimalMark = UInt8(ascii: choice & 2 == 0 ? "." : ",")
      options.separator = choice & 4 == 0 ? nil : UInt8(ascii: ";")
      options.zone = choice & 8 == 0 ? nil : .fixed(offsetSeconds: 7 * 3_600)
      options.tags = choice & 16 == 0 ? [] : ["site"]
      options.texts = choice & 32 == 0 ? [] : ["v"]
      options.precision = choice & 64 == 0 ? "ns" : "ms"
      guard var source = try? ImportFile.open("/x", options) else { return }
      _ = source.plan
      var count = 0
      while count < pieces, let piece = (try? source.next()) ?? nil {
        count += 1
        precondition(piece.lines.isEmpty || piece.lines.last == 0x0A || format == .lines, "BUG: half a line is sent")
        precondition(piece.refused + piece.flawed == 0 || !piece.faults.isEmpty, "BUG: a row is refused without a word")
        precondition(source.progress.done <= source.progress.total, "BUG: more was read than there is")
      }
    }
  }
}
