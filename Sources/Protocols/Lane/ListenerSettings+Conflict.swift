import Primitives
import Sys

extension ListenerSettings {
  /// The port that both listeners would take, if there is one.
  public func sharedPort(with other: ListenerSettings) -> UInt16? {
    if capture.source != nil || other.capture.source != nil { return nil }
    if !Self.overlap(address, other.address) { return nil }
    let own = ports ?? address.port...address.port
    let theirs = other.ports ?? other.address.port...other.address.port
    let first = max(own.lowerBound, theirs.lowerBound)
    // Port 0 is any that is free.
    return first <= min(own.upperBound, theirs.upperBound) && first != 0 ? first : nil
  }

  /// Whether something may be sent to both: `[::]` takes IPv4 too, `0.0.0.0` nothing else.
  private static func overlap(_ a: SocketAddress, _ b: SocketAddress) -> Bool {
    func takes(_ wildcard: SocketAddress, _ address: SocketAddress) -> Bool {
      wildcard.isWildcard && (wildcard.isIPv6 || address.address.isIPv4 || address.isWildcard)
    }
    if takes(a, b) || takes(b, a) { return true }
    return a.address.high == b.address.high && a.address.low == b.address.low && a.address.scope == b.address.scope
  }
}
