import Foundation
import Protocols

/// Writes the seeds of the wanted target, which its room has, into the folder that `THINAI_FUZZ_SEEDS` names.
enum FuzzSeeds {
  /// Whether that was what this run is for.
  static func write() -> Bool {
    guard let folder = ProcessInfo.processInfo.environment["THINAI_FUZZ_SEEDS"] else { return false }
    for (number, seed) in seeds.enumerated() {
      let place = URL(fileURLWithPath: folder).appendingPathComponent("room-\(number)")
      do {
        try Data(seed).write(to: place)
      } catch {
        fatalError("FATAL: cannot write seed \(place.path): \(error)")
      }
    }
    return true
  }

  private static var seeds: [[UInt8]] {
    if let kind = FuzzTarget.spoken {
      return FuzzLane.takesSeveral(kind) ? FuzzLane.inputs(of: kind.room.seeds) : kind.room.seeds
    }
    switch FuzzTarget.wanted {
    case .mirror: return TelemetryProtocol.spoken.flatMap { FuzzLane.inputs(of: $0.room.seeds) }
    case .senml: return CoAPRoom.packs
    case .alerts, .closed, .outbox, .soc, .audit, .tokens, .rules, .lines, .csv:
      return NodeSeeds.seeds(of: FuzzTarget.wanted)
    case let target:
      do { return try KeptSeeds.seeds(of: target) } catch { fatalError("FATAL: cannot make seeds: \(error)") }
    }
  }
}
