import Primitives
import Telemetry

/// CoAP in one lane.
struct CoAPLane: ~Copyable, ProtocolLane {
  var endpoint = CoAPEndpoint()
  /// One of them stands for all CoAP listeners of the lane, which share its memory.
  private let tally: CoAPTally?

  init(_ setup: LaneSetup) {
    let own = setup.listeners.first { $0.telemetryProtocol == .coap } ?? setup.listeners.first
    tally = own?.coap.tally
  }

  mutating func receive(
    _ datagram: RawSpan, _ arrival: LanePipeline.Arrival, _ admission: borrowing Admission,
    into out: inout DecodedDatagram, _ replies: inout ReplyBuffer
  ) -> DatagramVerdict {
    let outcome = endpoint.receive(
      datagram, source: arrival.source, arrivalNanos: arrival.nanos, monotonicNanos: arrival.monotonicNanos, into: &out)
    switch outcome.reply {
    case .none: break
    case .now(let range): answer(range, &replies)
    case .afterCommit(let exchange):
      var owed = OwedReply(.coap, of: arrival)
      owed.place = exchange.place
      owed.serial = exchange.serial
      replies.owe(owed)
    }
    return outcome.verdict
  }

  mutating func settle(_ owed: OwedReply, _ fate: RowFate, _ replies: inout ReplyBuffer) {
    let exchange = CoAPExchange(place: owed.place, serial: owed.serial)
    if let reply = endpoint.rowsCommitted(exchange, result: fate) { answer(reply.bytes, &replies) }
  }

  private mutating func answer(_ range: Range<Int>, _ replies: inout ReplyBuffer) {
    replies.answer(endpoint.replyBytes.extracting(range))
    endpoint.clearReplies()
  }

  mutating func tellCounts() {
    guard let forgotten = endpoint.takeForgotten() else { return }
    tally?.add(exchanges: forgotten.exchanges, bodies: forgotten.bodies)
  }
}
