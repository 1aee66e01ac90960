public import Primitives

/// What a store knows of an object.
public struct ObjectInfo: Hashable, Sendable {
  /// Under the client's prefix.
  public var name: String
  public var byteCount: Int
  /// When it was written, by the store's clock; whole seconds from `head`.
  public var modifiedNanos: UnixNanos
  /// `ETag`: another one is another object. It is no checksum that could be relied on.
  public var tag: String?

  public init(name: String, byteCount: Int, modifiedNanos: UnixNanos, tag: String?) {
    self.name = name
    self.byteCount = byteCount
    self.modifiedNanos = modifiedNanos
    self.tag = tag
  }
}

/// What stands under a prefix.
public struct ObjectListing: Hashable, Sendable {
  /// In ascending order of their names' octets.
  public var objects: [ObjectInfo] = []
  /// What names go on with up to the next `/`, it included, where folders were asked for; in the same order.
  public var folders: [String] = []

  public init() {}
}

/// An upload in parts that nobody has completed or given up.
public struct UnfinishedUpload: Hashable, Sendable {
  /// Of the object that it would become.
  public var name: String
  public var id: String
  /// By the store's clock.
  public var begunNanos: UnixNanos

  public init(name: String, id: String, begunNanos: UnixNanos) {
    self.name = name
    self.id = id
    self.begunNanos = begunNanos
  }
}

/// What became of a write under the condition that nothing has the name yet.
public enum PutOutcome: Hashable, Sendable {
  /// The bytes are there and stay.
  case done
  /// Something has the name: other bytes, or ours from an attempt whose answer was lost. `compare` tells.
  case exists
  /// Nobody knows. The bytes may be there, or appear later. `compare` tells whether they are there now.
  case unknown(ObjectFault)
}

/// What a name holds, beside bytes that were to be put there.
public enum Likeness: Hashable, Sendable {
  case same
  case other
  /// Nothing now. After `PutOutcome.unknown` that may change.
  case absent
}
