/// Which protocol a datagram speaks, by its content alone: for captures, where a port may be anything.
///
/// It says what a datagram looks like, not that it is sound.
public enum ProtocolGuess {
  public static func protocolOf(_ datagram: RawSpan) -> TelemetryProtocol? {
    if datagram.byteCount < 4 { return nil }
    var number: UInt8 = 0
    while let kind = TelemetryProtocol(rawValue: number) {
      if kind.likeness(of: datagram) == .telling { return kind }
      number &+= 1
    }
    return nil
  }

  /// Which protocol it is that a port says, if the content does not contradict that and is another's.
  public static func protocolOf(
    _ datagram: RawSpan, mapped: TelemetryProtocol?
  ) -> (kind: TelemetryProtocol, isGuessed: Bool)? {
    if let mapped, datagram.byteCount < 4 || mapped.likeness(of: datagram) != .none { return (mapped, false) }
    if let guess = protocolOf(datagram) { return (guess, true) }
    return mapped.map { ($0, false) }
  }
}
