import Access
import HTTPTypes
import Lagoon

extension APIRoute {
  static let stream = APIRoute(
    "/v1/stream", StreamFilter.parameters, access: .permitted(.read), methods: [.get],
    // A name that only tables may know is looked for there.
    weighs: { parameters in
      ["device", "measurement", "field", "kind"].contains { parameters.text($0) != nil } ? .page : .quick
    }
  ) { call in
    let filter = try StreamFilter(call.parameters, within: call.grant.scope)
    try call.require(filter.devices)
    try call.requireDevice(filter.devices.device)
    try call.require(measurement: filter.measurement, field: filter.field)
    try call.requireKind(filter.eventKind)
    var start: StreamPosition?
    if let text = call.lastEventID, !text.isEmpty {
      guard let position = StreamPosition(text) else { throw APIProblem.badEventID(text) }
      start = position
    }
    let subscriber = StreamSubscriber(
      filter: filter, address: call.client.address,
      isStillAllowed: { [control = call.control, model = call.model, origin = call.origin] in
        origin.map { control.isStillGranted($0, at: model.now) } ?? true
      }, probe: call.probe, disconnect: call.client.disconnect)
    var answer = APIAnswer(bytes: [], contentType: "text/event-stream")
    answer.stream = try StreamSession(call.streams, subscriber, after: start, probe: call.probe)
    call.client.sendAtOnce()
    // A proxy that gathers what it passes on would hold back events.
    answer.headers[HTTPField.Name("X-Accel-Buffering")!] = "no"
    return answer
  }
}
