import API
import Intake
import Node
import Pipeline
import Primitives
import Registry
import Telemetry

/// A running engine as far as the HTTP interface changes it.
struct EngineWriteModel: WriteModel {
  private let lane: WriteLane
  private let desk: RegistryDesk

  /// nil of an engine that takes no lines.
  init?(_ engine: Engine, desk: RegistryDesk) {
    guard let lane = engine.pipeline.writes else { return nil }
    self.lane = lane
    self.desk = desk
  }

  func write(_ piece: LinePiece, answer: @escaping @Sendable (LineReceipt) -> Void) {
    lane.write(piece, answer: answer)
  }

  func replaceRegistry(
    _ kind: RegistryFileKind, by bytes: [UInt8], isTrial: Bool, isAddition: Bool
  ) throws(RegistryRefusal) -> RegistryDifference {
    try desk.replace(kind, by: bytes, isTrial: isTrial, isAddition: isAddition, listed: Limits.registryChangesListed)
  }
}
