import Capture
import Foundation
import Parquet
import Primitives
import Protocols
import Registry
import Telemetry

/// What one run of the fuzzer is fed to beside the protocols, named by `THINAI_FUZZ`.
enum FuzzTarget: String {
  /// The octets of a mirror port: any protocol, by content.
  case mirror
  /// SenML alone, without CoAP around it.
  case senml
  // Files.
  case capture, parquet, registry
  // What a node keeps.
  case journal, records, commit, checkpoint, versions, alerts, closed, outbox, soc, audit
  // What operators write.
  case tokens, settings, rules
  // Files that are imported.
  case lines, csv, imported
  /// A file of a time zone, or a rule of POSIX.
  case zone
  /// Quantiles as rollup tables keep them.
  case sketch

  static let name = ProcessInfo.processInfo.environment["THINAI_FUZZ"] ?? ""

  /// Datagrams of a protocol, through a lane as the sockets hand them over.
  static let spoken = TelemetryProtocol.spoken.first { $0.name == name }

  static let wanted: FuzzTarget = {
    guard let target = FuzzTarget(rawValue: name) else { fatalError("FATAL: THINAI_FUZZ names no target: \(name)") }
    return target
  }()
}

/// One input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // libFuzzer keeps the octets as they are until this returns.
  let bytes = RawSpan(_unsafeStart: UnsafeRawPointer(start), byteCount: count)
  if let kind = FuzzTarget.spoken {
    FuzzLane.shared.takeInput(bytes, as: kind)
    return 0
  }
  switch FuzzTarget.wanted {
  case .mirror: FuzzLane.shared.takeInput(bytes, as: .capture)
  case .senml: FuzzFiles.senml(bytes)
  case .capture: FuzzFiles.capture(copy(bytes))
  case .parquet: FuzzFiles.parquet(copy(bytes))
  case .registry: FuzzFiles.registry(copy(bytes))
  case .journal: FuzzKept.journal(copy(bytes))
  case .records: FuzzKept.records(copy(bytes))
  case .commit: FuzzKept.commit(copy(bytes))
  case .checkpoint: FuzzKept.checkpoint(copy(bytes))
  case .versions: FuzzKept.versions(copy(bytes))
  case .alerts: FuzzNode.alerts(copy(bytes))
  case .closed: FuzzNode.closed(copy(bytes))
  case .outbox: FuzzNode.outbox(copy(bytes))
  case .soc: FuzzNode.soc(copy(bytes))
  case .audit: FuzzNode.audit(copy(bytes))
  case .tokens: FuzzNode.tokens(copy(bytes))
  case .settings: FuzzNode.settings(copy(bytes))
  case .rules: FuzzNode.rules(copy(bytes))
  case .lines: FuzzImport.file(copy(bytes), .lines)
  case .csv: FuzzImport.file(copy(bytes), .csv)
  case .imported: FuzzImport.file(copy(bytes), .parquet)
  case .zone: FuzzKept.zone(copy(bytes))
  case .sketch: FuzzKept.sketch(copy(bytes))
  }
  return 0
}

/// An array, whose own bounds the sanitizer knows too.
func copy(_ bytes: RawSpan) -> [UInt8] { bytes.withUnsafeBytes { Array($0) } }
