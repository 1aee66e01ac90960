import Primitives
public import Sys

/// Why a listener's socket cannot be opened.
public struct ListenFault: Error, CustomStringConvertible, Sendable {
  public var listener: String
  public var address: SocketAddress
  public var error: SystemError

  public var description: String {
    var cause = "\(error)"
    if error.code == ErrorNumber.addressInUse, let holder = PortHolder.ofUDP(port: address.port) {
      cause += " by \(holder)"
    }
    return "cannot listen on \(address) for listener \(listener): \(cause)"
  }
}
