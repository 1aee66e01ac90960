/// Random numbers of the operating system, or of the simulated machine that the calling thread has entered.
public struct Randomness: RandomNumberGenerator, Sendable {
  private var system = SystemRandomNumberGenerator()

  public init() {}

  public mutating func next() -> UInt64 {
    if SimulatedMachine.isUsed, let machine = SimulatedMachine.current { return machine.randomWord() }
    return system.next()
  }
}
