/// Trivially copyable elements that stand one behind the other in memory of their own and grow at the end.
///
/// What an array would be on the hot path, without its reference count: an element of an array that a class holds costs
/// a retain and a release each time.
///
/// `unsafe` is sound here: the memory is owned by this value alone, elements are trivial, and each access is checked
/// against `count`.
public struct GrowingSlab<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  @usableFromInline var base: UnsafeMutablePointer<Element>?
  @usableFromInline var capacity = 0
  @usableFromInline var filled = 0

  public init() {}

  deinit {
    base?.deallocate()
  }

  @inlinable public var count: Int { filled }
  public var indices: Range<Int> { 0..<count }

  /// Memory held, in bytes.
  public var byteCount: Int { capacity * MemoryLayout<Element>.stride }

  @inlinable
  public subscript(index: Int) -> Element {
    get {
      guard let base, UInt(bitPattern: index) < UInt(bitPattern: filled) else {
        preconditionFailure("BUG: slab index out of bounds")
      }
      return base[index]
    }
    set {
      guard let base, UInt(bitPattern: index) < UInt(bitPattern: filled) else {
        preconditionFailure("BUG: slab index out of bounds")
      }
      base[index] = newValue
    }
  }

  /// Appends `element`.
  public mutating func append(_ element: Element) {
    grow(to: count + 1, repeating: element)
  }

  /// Appends `element` until there are `wanted` of them.
  public mutating func grow(to wanted: Int, repeating element: Element) {
    if wanted <= count { return }
    if wanted > capacity {
      let larger = Swift.max(wanted, capacity * 2, 8)
      let block = UnsafeMutablePointer<Element>.allocate(capacity: larger)
      if let base {
        block.update(from: base, count: count)
        base.deallocate()
      }
      base = block
      capacity = larger
    }
    if let base { (base + count).initialize(repeating: element, count: wanted - count) }
    filled = wanted
  }
}
