import Synchronization

/// A bounded queue between one producer thread and one consumer thread; neither ever waits for the other.
///
/// Head and tail are published with release and read with acquire, so an element is whole before it is seen. They sit
/// on cache lines of their own: two cores that take turns on one line would cost more than the queue.
///
/// `unsafe` is sound here: slot `n` is written only by the producer while `n` is not yet published, and read only by
/// the consumer after it is.
public final class SingleProducerRing<Element: Sendable>: @unchecked Sendable {
  private let slots: UnsafeMutablePointer<Element?>
  private let mask: Int
  private let tail = Atomic<Int>(0)
  private let padding: InlineArray<15, Int> = InlineArray(repeating: 0)
  private let head = Atomic<Int>(0)

  /// `capacity` is rounded up to a power of two.
  public init(capacity: Int) {
    var size = 1
    while size < capacity { size *= 2 }
    slots = .allocate(capacity: size)
    slots.initialize(repeating: nil, count: size)
    mask = size - 1
  }

  deinit {
    slots.deinitialize(count: mask + 1)
    slots.deallocate()
  }

  /// Producer only. `false`, with nothing queued, when the ring is full.
  public func push(_ element: Element) -> Bool {
    let next = tail.load(ordering: .relaxed)
    if next &- head.load(ordering: .acquiring) > mask { return false }
    slots[next & mask] = element
    tail.store(next &+ 1, ordering: .releasing)
    return true
  }

  /// Consumer only. nil when the ring is empty.
  public func pop() -> Element? {
    let next = head.load(ordering: .relaxed)
    if next == tail.load(ordering: .acquiring) { return nil }
    let element = slots[next & mask]
    slots[next & mask] = nil
    head.store(next &+ 1, ordering: .releasing)
    return element
  }

  /// How many elements wait, as seen at some moment during the call.
  public var count: Int {
    tail.load(ordering: .acquiring) &- head.load(ordering: .acquiring)
  }
}
