/// Bytes of text: a place in the datagram, or in the arena beside it where the decoder wrote what the datagram does
/// not hold as it stands (an unescaped name, a resolved SenML name, attributes as JSON).
public struct TextRange: Hashable, Sendable, BitwiseCopyable {
  /// Offset; the top bit says that it counts from the arena's start, not the datagram's.
  public var place: UInt32
  /// Length in bytes.
  public var length: UInt32

  @usableFromInline static let arenaBit: UInt32 = 1 << 31

  @inlinable
  public init(datagramOffset: Int, length: Int) {
    place = UInt32(truncatingIfNeeded: datagramOffset)
    self.length = UInt32(truncatingIfNeeded: length)
  }

  @inlinable
  public init(arenaOffset: Int, length: Int) {
    place = UInt32(truncatingIfNeeded: arenaOffset) | Self.arenaBit
    self.length = UInt32(truncatingIfNeeded: length)
  }

  /// As the payload of a string reading.
  @inlinable
  public init(payload: Int64) {
    place = UInt32(truncatingIfNeeded: payload >> 32)
    length = UInt32(truncatingIfNeeded: payload)
  }

  @inlinable public var payload: Int64 { Int64(place) << 32 | Int64(length) }
  @inlinable public var isInArena: Bool { place & Self.arenaBit != 0 }
  @inlinable public var offset: Int { Int(place & ~Self.arenaBit) }
  @inlinable public var isEmpty: Bool { length == 0 }

  @inlinable public static var empty: TextRange { TextRange(datagramOffset: 0, length: 0) }
}
