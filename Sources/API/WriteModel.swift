public import Registry
public import Telemetry

/// What the interface changes of a node.
public protocol WriteModel: Sendable {
  /// Hands lines over, behind those that were handed over before; `answer` is called once, when their rows are durable or
  /// cannot be, on a thread that must not wait.
  func write(_ piece: LinePiece, answer: @escaping @Sendable (LineReceipt) -> Void)

  /// Replaces a file of the registry and puts what it says in force, or tells what would change. May block.
  ///
  /// - Parameter isAddition: the bytes are rows that come behind those of the file.
  func replaceRegistry(
    _ kind: RegistryFileKind, by bytes: [UInt8], isTrial: Bool, isAddition: Bool
  ) throws(RegistryRefusal) -> RegistryDifference
}
