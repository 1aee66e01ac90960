/// What carries messages to the security operations centre: TLS or TCP, or what a test puts in its place.
package protocol SOCTransport: Sendable {
  /// Opens a connection; waits for it, some seconds at most.
  func open() throws -> any SOCConnection
}

/// One connection, of use to one thread.
package protocol SOCConnection: Sendable {
  /// Why it is of no use any more; nil while it is.
  var failure: String? { get }
  /// Gives octets to the kernel; throws if it broke, or takes nothing for long.
  func send(_ bytes: [UInt8]) throws
  /// Whether the other side's kernel has all that was sent.
  var isAcknowledged: Bool { get }
  func close()
}
