import Primitives

/// Steps through a list of variable bindings: `SEQUENCE { OBJECT IDENTIFIER, value }` each.
///
/// One that is whole but no binding is passed over; where none can be told from the next the list ends.
struct SNMPVarbinds {
  private var list: BERReader
  private var left: Int
  /// False once something stood there that cannot be stepped over.
  private(set) var isSound = true
  /// Those that were passed over.
  private(set) var refused = 0

  /// One binding: the identifier's encoded sub-identifiers, and the value.
  struct Binding {
    var name: Range<Int>
    var value: BERElement
  }

  /// - Parameter most: how many are given out.
  init(_ range: Range<Int>, most: Int = Limits.snmpVarbinds) {
    list = BERReader(range)
    left = most
  }

  /// The next binding; nil at the end, and where the list cannot be read on.
  mutating func next(in bytes: RawSpan) -> Binding? {
    while !list.isAtEnd && left > 0 {
      guard let pair = list.next(BERElement.sequence, in: bytes) else {
        isSound = false
        return nil
      }
      var inside = BERReader(pair.content)
      if let name = inside.next(BERElement.objectIdentifier, in: bytes), let value = inside.next(in: bytes) {
        left &-= 1
        return Binding(name: name.content, value: value)
      }
      refused &+= 1
    }
    return nil
  }
}
