extension WSDiscoveryRoom {
  /// A Hello and a Bye, tags that never end, and more devices than one message may tell of.
  public static let seeds: [[UInt8]] = [
    "<E><Action>http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01/Hello</Action><Hello><EndpointReference>"
      + "<Address>urn:uuid:1</Address></EndpointReference><Types>dn:NetworkVideoTransmitter</Types><Scopes>"
      + "onvif://www.onvif.org/name/Gate%20North onvif://www.onvif.org/hardware/C1</Scopes><XAddrs>http://10.0.0.1/"
      + "</XAddrs><MetadataVersion>1</MetadataVersion></Hello></E>",
    "<E><Action>http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01/Bye</Action><Bye><Address>"
      + "<![CDATA[urn:uuid:1]]></Address></Bye></E>",
    String(repeating: "<a>", count: 40),
    "<Body>" + String(repeating: "<ProbeMatch><Scopes>x</Scopes></ProbeMatch>", count: 1_000) + "</Body>",
    "<E><Action>http://x/discovery/ProbeMatches</Action>"
      + String(repeating: "<ProbeMatch><Address>u</Address></ProbeMatch>", count: 200) + "</E>",
  ].map { Array($0.utf8) }
}
