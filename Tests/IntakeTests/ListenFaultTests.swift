import Primitives
import Protocols
import Registry
import Sys
import Telemetry
import Testing

@testable import Intake

/// A port that another one has: who wants it is told which, and the lane of it is not made.
@Suite struct ListenFaultTests {
  @Test func aPortThatIsTakenIsNamed() throws {
    let address = SocketAddress(SourceAddress(ipv4: 0x7F00_0001, port: 4_000))
    let machine = SimulatedMachine(startNanos: 1_000)
    try machine.run {
      let holder = try UDPSocket.open(UDPSocketOptions(address: address))
      var listener = ListenerSettings(name: "lines", telemetryProtocol: .line, address: address)
      let bounds = TimeBounds(futureNanos: 0, readingsAgeNanos: nil, eventsAgeNanos: nil)
      func settings(_ listener: ListenerSettings) -> LaneSettings {
        LaneSettings(
          number: 0, laneCount: 1, listeners: [listener], bounds: bounds, commitIntervalNanos: 1, seed: 1)
      }
      func open(_ listener: ListenerSettings) throws -> Lane {
        try Lane(
          settings(listener), exchange: try BatchExchange(listenerCount: 1),
          control: LaneControl(segment: 1, admission: Admission(registry: .empty, knownOnly: false)))
      }
      let began = machine.realtimeNanos
      let fault = #expect(throws: ListenFault.self) { _ = try open(listener) }
      #expect(fault?.listener == "lines" && fault?.error.code == ErrorNumber.addressInUse)
      #expect(fault?.description.hasPrefix("cannot listen on 127.0.0.1:4000 for listener lines: ") == true)
      #expect(machine.realtimeNanos - began >= Nanos.perSecond, "a predecessor that ends is waited for")
      let port = holder.localPort
      #expect(port == 4_000)
      // Another port is free, and a socket knows what its datagrams were sent to.
      listener.address.port = 4_001
      let lane = try open(listener)
      #expect(lane.grants.map(\.address.port) == [4_001])
    }
  }
}
