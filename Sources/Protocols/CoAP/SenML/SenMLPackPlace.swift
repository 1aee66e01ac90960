/// Where a pack's bytes stand, which says what the text of its rows refers to.
public enum SenMLPackPlace: Sendable {
  /// In the datagram from this offset on: text is referred to where it stands.
  case datagram(offset: Int)
  /// In a buffer of its own, such as a body that came in blocks: the pack is copied to the arena.
  case apart
}
