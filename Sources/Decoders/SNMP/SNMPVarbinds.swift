import Primitives

/// Steps through a list of variable bindings: `SEQUENCE { OBJECT IDENTIFIER, value }` each.
struct SNMPVarbinds {
  private var list: BERReader
  /// False once something stood there that is no binding.
  private(set) var isSound = true

  /// One binding: the identifier's encoded sub-identifiers, and the value.
  struct Binding {
    var name: Range<Int>
    var value: BERElement
  }

  init(_ range: Range<Int>) {
    list = BERReader(range)
  }

  /// The next binding; nil at the end, and where there is none.
  mutating func next(in bytes: RawSpan) -> Binding? {
    if list.isAtEnd { return nil }
    guard let pair = list.next(BERElement.sequence, in: bytes) else {
      isSound = false
      return nil
    }
    var inside = BERReader(pair.content)
    guard let name = inside.next(BERElement.objectIdentifier, in: bytes), let value = inside.next(in: bytes) else {
      isSound = false
      return nil
    }
    return Binding(name: name.content, value: value)
  }
}
