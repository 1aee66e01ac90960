import Protocols
import Testing

@Suite struct PortMapTests {
  @Test func everyKnownPortIsThere() {
    let map = PortMap()
    for kind in TelemetryProtocol.allCases {
      for port in kind.traits.knownPorts {
        #expect(map.protocolOf(destination: port, source: 0) == kind)
        #expect(map.protocolOf(destination: 0, source: port) == kind)
      }
      if let port = kind.traits.defaultPort { #expect(kind.traits.knownPorts.contains(port)) }
    }
    #expect(map.protocolOf(destination: 1, source: 2) == nil)
  }

  @Test func theDestinationCountsBeforeTheSource() {
    var map = PortMap()
    #expect(map.protocolOf(destination: 514, source: 5_683) == .syslog)
    map.set(40_000, .rtp)
    map.set(514, .line)
    #expect(map.protocolOf(destination: 40_000, source: 5_683) == .rtp)
    #expect(map.protocolOf(destination: 514, source: 5_683) == .line)
    #expect(map.protocolOf(destination: 65_535, source: 40_000) == .rtp)
  }
}
