/// Carries one request to a store and its answer back. Tests have one that answers by a script.
///
/// The calling thread waits: it is a plain one, never one of the cooperative pool (`AsyncObjectClient` sees to that).
public protocol ObjectTransport: Sendable {
  /// Asks once; nothing is repeated or followed. `sink` gets the answer on the calling thread, before the call ends.
  func exchange(_ request: TransportRequest, into sink: any BodySink) throws(TransportFault)
}

/// Takes an answer, piece by piece, on the thread that asked.
public protocol BodySink: AnyObject {
  /// Status and headers have come; what came before is forgotten.
  func begin(_ head: TransportHead) throws(TransportFault)
  /// The next octets of the body. The transport reads no further meanwhile.
  func take(_ bytes: [UInt8]) throws(TransportFault)
}

/// A sink of this target's: what an answer came to.
protocol AnswerSink: BodySink {
  var head: TransportHead { get }
  /// Octets of the body that came.
  var receivedByteCount: Int { get }
  /// Those of them that are in memory.
  var gathered: [UInt8] { get }
}

/// Why there was no whole answer.
public struct TransportFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// What can be told apart.
  public enum Kind: Hashable, Sendable {
    /// No connection, or one that broke.
    case unreachable
    /// There is no TLS with it: its certificate, or what it speaks. Asking again does not help.
    case untrusted
    /// It took too long.
    case timedOut
    /// The answer is longer than it may be.
    case tooLarge
    /// What came is no answer.
    case badAnswer
    /// This machine could not go on: a full disk, an address that is none.
    case local
  }

  /// What it is.
  public var kind: Kind
  /// Whether any of the request may have left: if so, the store may have done what it says.
  public var wasSent: Bool
  /// The cause alone.
  public var description: String

  /// A fault of that kind.
  public init(_ kind: Kind, wasSent: Bool, _ description: String) {
    self.kind = kind
    self.wasSent = wasSent
    self.description = description
  }
}
