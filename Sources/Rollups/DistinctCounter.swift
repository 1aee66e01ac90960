import RealModule

/// How many different things were added, each told by its hash: exactly while they are few, within two percent beyond.
///
/// HyperLogLog (Flajolet, Fusy, Gandouet and Meunier, 2007) with 2^14 registers, whose standard error is 0.8 %; 64 bits of
/// hash need no correction for large numbers. Counters of parts of a set merge to that of the whole.
public struct DistinctCounter: Sendable {
  private static let indexBits = 14
  private static let registerCount = 1 << indexBits
  /// Hashes that are kept as they are: as large as the registers.
  private static let exactMost = registerCount / 8

  private var hashes: Set<UInt64> = []
  private var registers: [UInt8] = []

  /// Nothing was added.
  public init() {}

  /// Adds a thing by a hash of all 64 bits.
  public mutating func add(_ hash: UInt64) {
    if registers.isEmpty {
      hashes.insert(hash)
      if hashes.count > Self.exactMost { spread() }
    } else {
      raise(hash)
    }
  }

  public mutating func merge(_ other: DistinctCounter) {
    if other.registers.isEmpty {
      for hash in other.hashes { add(hash) }
      return
    }
    if registers.isEmpty { spread() }
    for index in registers.indices { registers[index] = max(registers[index], other.registers[index]) }
  }

  /// The number of different things.
  public var estimate: Int64 {
    if registers.isEmpty { return Int64(hashes.count) }
    let m = Double(Self.registerCount)
    var sum = 0.0
    var empty = 0
    for register in registers {
      sum += Double(sign: .plus, exponent: -Int(register), significand: 1)
      if register == 0 { empty += 1 }
    }
    let raw = 0.7213 / (1 + 1.079 / m) * m * m / sum
    if raw <= 2.5 * m && empty > 0 { return Int64((m * Double.log(m / Double(empty))).rounded()) }
    return Int64(raw.rounded())
  }

  private mutating func spread() {
    registers = [UInt8](repeating: 0, count: Self.registerCount)
    for hash in hashes { raise(hash) }
    hashes = []
  }

  private mutating func raise(_ hash: UInt64) {
    let index = Int(hash >> (64 - Self.indexBits))
    let rest = hash << Self.indexBits | 1 << (Self.indexBits - 1)
    registers[index] = max(registers[index], UInt8(rest.leadingZeroBitCount + 1))
  }
}
