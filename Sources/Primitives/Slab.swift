/// A fixed block of trivially copyable elements, allocated once and filled from the front.
///
/// The hot path keeps its state in slabs: an append never allocates, tells when it is full, and an index is always
/// checked. It is `~Copyable`, so nothing shares it and no reference count is touched.
///
/// `unsafe` is sound here: the memory is owned by this value alone, lives until `deinit`, elements are trivial
/// (nothing to destroy), and each access is checked against `count` or `capacity`.
public struct Slab<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  @usableFromInline let base: UnsafeMutablePointer<Element>

  /// How many elements fit.
  public let capacity: Int

  /// How many elements were appended.
  @usableFromInline var filled: Int

  @inlinable
  public init(capacity: Int) {
    precondition(capacity >= 0, "BUG: a slab of negative capacity")
    self.base = UnsafeMutablePointer<Element>.allocate(capacity: max(1, capacity))
    self.capacity = capacity
    self.filled = 0
  }

  /// A slab that is full of `value` from the start.
  @inlinable
  public init(repeating value: Element, count: Int) {
    self.init(capacity: count)
    base.initialize(repeating: value, count: count)
    filled = count
  }

  deinit {
    base.deallocate()
  }

  @inlinable public var count: Int { filled }
  @inlinable public var room: Int { capacity &- filled }
  @inlinable public var isEmpty: Bool { filled == 0 }

  @inlinable
  public subscript(index: Int) -> Element {
    get {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: filled), "BUG: slab index out of bounds")
      return base[index]
    }
    set {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: filled), "BUG: slab index out of bounds")
      base[index] = newValue
    }
  }

  /// Works on an element where it stands.
  @inlinable
  public mutating func update<Result>(_ index: Int, _ body: (inout Element) -> Result) -> Result {
    precondition(UInt(bitPattern: index) < UInt(bitPattern: filled), "BUG: slab index out of bounds")
    return body(&base[index])
  }

  /// Appends `element`; `false`, with nothing changed, if the slab is full.
  @inlinable
  @discardableResult
  public mutating func append(_ element: Element) -> Bool {
    if filled == capacity { return false }
    (base + filled).initialize(to: element)
    filled &+= 1
    return true
  }

  /// Forgets every element; the memory stays.
  @inlinable
  public mutating func removeAll() {
    filled = 0
  }

  /// Forgets the elements from `count` on.
  @inlinable
  public mutating func truncate(to count: Int) {
    precondition(count >= 0 && count <= filled, "BUG: a slab truncated beyond its end")
    filled = count
  }

  /// The filled part, valid as long as the slab is not changed.
  @inlinable
  public var span: Span<Element> {
    @_lifetime(borrow self)
    borrowing get {
      _overrideLifetime(Span(_unsafeStart: UnsafePointer(base), count: filled), borrowing: self)
    }
  }

  /// Calls `body` with the filled part. For system calls and codecs that take a pointer.
  @inlinable
  public borrowing func withUnsafePointer<Result>(
    _ body: (UnsafePointer<Element>, Int) throws -> Result
  ) rethrows -> Result {
    try body(UnsafePointer(base), filled)
  }
}

extension Slab where Element == UInt8 {
  /// The filled part as raw bytes.
  @inlinable
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      _overrideLifetime(RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: filled), borrowing: self)
    }
  }

  /// Appends all of `bytes`; `false`, with nothing changed, if they do not fit.
  @inlinable
  @discardableResult
  public mutating func append(contentsOf bytes: RawSpan) -> Bool {
    let length = bytes.byteCount
    if length > capacity &- filled { return false }
    if length > 0 {
      bytes.withUnsafeBytes { source in
        UnsafeMutableRawPointer(base + filled).copyMemory(from: source.baseAddress!, byteCount: length)
      }
    }
    filled &+= length
    return true
  }
}
