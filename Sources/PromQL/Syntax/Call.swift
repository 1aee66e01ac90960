/// A function and what it is given.
public struct Call: Sendable {
  public let function: FunctionSignature
  public let arguments: [PromQLExpression]
  public let range: Range<Int>
  let isStepInvariant: Bool
  let depth: Int

  init(_ function: FunctionSignature, _ arguments: [PromQLExpression], range: Range<Int>) {
    self.function = function
    self.arguments = arguments
    self.range = range
    isStepInvariant = !function.dependsOnTime && arguments.allSatisfy(\.isStepInvariant)
    depth = (arguments.map(\.depth).max() ?? 0) + 1
  }
}
