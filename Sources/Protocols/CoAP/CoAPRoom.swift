import Telemetry

/// CoAP (RFC 7252) with SenML (RFC 8428).
public enum CoAPRoom: ProtocolRoom {
  public static let traits: ProtocolTraits = {
    var traits = ProtocolTraits(page: "docs/protocols/coap.md")
    traits.defaultPort = 5683
    traits.listensByDefault = true
    traits.answersSenders = true
    traits.reasons = reasons
    traits.sharedReasons = [.tooManyRows, .tooManyFields, .integerOutOfRange, .notANumber, .duplicateMessage]
    return traits
  }()

  /// By the version alone.
  public static func likeness(of datagram: RawSpan) -> ProtocolLikeness {
    datagram.octet(0) >> 6 == 1 ? .possible : .none
  }

  public static func figures(of listeners: [ListenerSettings]) -> [ProtocolFigure] {
    let own = listeners.filter { $0.telemetryProtocol == .coap }
    return [
      ProtocolFigure(
        "coap_forgotten", help: "What CoAP listeners forgot before its time for want of room.",
        samples: own.flatMap { listener in
          [
            ProtocolFigure.Sample(
              listener.coap.tally.exchangesForgotten, [("listener", listener.name), ("kind", "message")]),
            ProtocolFigure.Sample(
              listener.coap.tally.bodiesForgotten, [("listener", listener.name), ("kind", "body")]),
          ]
        })
    ]
  }
}

/// What CoAP listeners share.
public struct CoAPSettings: Sendable {
  public let tally = CoAPTally()

  public init() {}
}
