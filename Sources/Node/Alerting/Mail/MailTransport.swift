/// What carries mails to a server: TCP and TLS, or what a test puts in its place.
package protocol MailTransport: Sendable {
  /// Opens a connection, as secure as the settings say from its first octet on; waits for it, some seconds at most.
  func open(_ settings: MailSettings) throws -> any MailConnection
}

/// One connection, of use to one thread.
package protocol MailConnection: AnyObject {
  /// Gives octets to the kernel; throws if it broke, or takes nothing for long.
  func send(_ bytes: [UInt8]) throws
  /// A line without its end; nil if none has come within so long.
  ///
  /// - Throws: if the connection ended, or the line is longer than any may be.
  func line(waitNanos: Int64) throws -> [UInt8]?
  /// Makes it secure: all that follows goes over TLS.
  ///
  /// - Throws: if it cannot be, or if the server has said something that nobody waited for: it may be somebody else's word.
  func secure() throws
  func close()
}
