/// What a simulation cannot do; the text is ready to be shown.
public struct FleetError: Error, CustomStringConvertible, Equatable {
  /// `cannot <verb> <thing> <value>: <cause>`
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}
