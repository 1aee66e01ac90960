import Access
import Mutation
import Primitives
import Protocols
import Sys
import Testing

@testable import Node

/// What a configuration may say, and that everything else is an error with its line.
@Suite struct ConfigurationReaderTests {
  private func faults(_ text: String) -> [String] {
    ConfigurationReader.examine(text, file: "c.yaml").faults.map(\.description)
  }

  @Test(arguments: ["", "\n", "# nothing\n", "{}"])
  func nothingIsTheDefaults(text: String) throws {
    let read = try ConfigurationReader.read(text, file: "c.yaml")
    let usual = try ConfigurationReader.defaults()
    #expect(read.node == usual.node && read.listeners.map(\.name) == usual.listeners.map(\.name))
    #expect(read.listeners.count == 4 && read.lanes == Configuration.automaticLanes && read.sealBytes == 64 << 20)
  }

  @Test func everyKeyIsRead() throws {
    let text = """
      node: qn-01
      data: data
      lanes: 64
      http: { listen: "[::1]:9", memory: 1GiB }
      registry: { devices: d.csv, areas: /a.csv, ranges: ./r.csv, admit: known }
      journal: { commit: 1ms }
      seal: { every: 1h, bytes: 1MiB }
      compact: { level: 22, compat: [rain, "*"] }
      retention: { readings: 1d, events: 2d, rollups_5m: 3d, rollups_1h: 106000d }
      time: { zone: UTC, future: 0s, oldest: 1999-12-31 }
      listeners:
        - { name: a, protocol: line, listen: "127.0.0.1:1", allow: [10.0.0.0/8], device_tag: dev, precision: s, receive_buffer: 4KiB }
        - { protocol: syslog, zone: UTC, zones: { 10.0.0.7: Asia/Ho_Chi_Minh } }
        - { name: c, protocol: rtp, listen: "[::]:20000-20003", rtpmap: { 96: H264/90000 }, silent: 1s, frozen: 2s }
      """
    let read = try ConfigurationReader.read(text, file: "/etc/thinai/c.yaml")
    #expect(read.node == "qn-01" && read.data == "/etc/thinai/data" && read.lanes == 64)
    #expect(read.registry.devices == "/etc/thinai/d.csv" && read.registry.areas == "/a.csv")
    #expect(read.registry.ranges == "/etc/thinai/r.csv" && read.registry.knownOnly)
    #expect(read.httpListen == "[::1]:9" && read.httpMemoryBytes == 1 << 30)
    #expect(
      read.commitIntervalNanos == 1_000_000 && read.sealIntervalNanos == Nanos.perHour && read.sealBytes == 1 << 20)
    #expect(read.compactLevel == 22 && read.compatibleTables == ["rain", "*"])
    #expect(read.retention.readingsDays == 1 && read.retention.rollups1hDays == 106_000)
    #expect(read.zone == .utc && read.futureNanos == 0 && read.oldestNanos == 946_598_400 * Nanos.perSecond)
    #expect(read.listeners.map(\.name) == ["a", "syslog", "c"] && read.listeners[2].ports == 20_000...20_003)
    #expect(read.listeners[0].allow.count == 1 && read.listeners[0].receiveBufferBytes == 4_096)
  }

  @Test func thePageAndItsOrigins() throws {
    let usual = try ConfigurationReader.read("", file: "/etc/c.yaml")
    #expect(usual.page == .auto && usual.origins.isEmpty && usual.shapesFile == nil)
    #expect(try ConfigurationReader.read("http: { page: off }", file: "/etc/c.yaml").page == .off)
    let text = #"http: { page: Web, shapes: xa.geojson, origins: ["https://ioc.example.vn", "http://[::1]:3000"] }"#
    let read = try ConfigurationReader.read(text, file: "/etc/c.yaml")
    #expect(read.page == .folder("/etc/Web") && read.shapesFile == "/etc/xa.geojson")
    #expect(read.origins == ["https://ioc.example.vn", "http://[::1]:3000"])
    let others = ["*", "null", "ioc.example.vn", "https://ioc.example.vn/", "https://IOC.vn", "ftp://a.vn", "https://"]
    for origin in others {
      let found = faults("http: { origins: [\"\(origin)\"] }")
      #expect(found.count == 1 && found.first?.contains("is no origin") == true, "\(origin)")
    }
    let many = (0...Limits.pageOrigins).map { "\"http://a\($0)\"" }.joined(separator: ", ")
    #expect(faults("http: { origins: [\(many)] }").count == 1)
  }

  @Test func tlsAndAnIssuer() throws {
    let text = """
      http:
        certificate: tls/cert.pem
        key: /k.pem
        client_ca: ca.pem
        oidc: { issuer: "https://a.vn/r", audience: thinai, ca: i.pem, claims: { scopes: roles, domains: d } }
      """
    let read = try ConfigurationReader.read(text, file: "/etc/thinai/thinai.yaml")
    #expect(
      read.httpFiles
        == Configuration.HTTPFiles(
          certificate: "/etc/thinai/tls/cert.pem", key: "/k.pem", clientAuthorities: "/etc/thinai/ca.pem"))
    let identity = try #require(read.identity)
    #expect(identity.authorities == "/etc/thinai/i.pem")
    #expect(identity.settings.issuer == "https://a.vn/r" && identity.settings.audience == "thinai")
    #expect(identity.settings.scopesClaim == "roles" && identity.settings.areasClaim == "thinai_areas")
    #expect(identity.settings.domainsClaim == "d" && identity.settings.agenciesClaim == nil)
    let plain = try ConfigurationReader.read("node: a", file: "a")
    #expect(plain.httpFiles == nil && plain.identity == nil)
  }

  @Test(arguments: [
    ("nod: x", "line 1: nod: no such key; did you mean node?"), ("node: \"\"", ""),
    ("node: a b", "node: must be 1 to 63"),
    ("lanes: 0", "lanes: 0 is no whole number from 1 to 64"), ("lanes: 65", "65 is no whole number"),
    ("lanes: 1.5", "1.5 is no whole number"), ("lanes: [1]", "lanes: must be text"), ("lanes: {}", "must be text"),
    ("- a", "the file must be a mapping"), ("x", "the file must be a mapping"), ("a: [", "it is no YAML"),
    ("http: 8080", "http must be a mapping"), ("http: { listen: x }", "x is no address and port"),
    ("http: { memory: 1MiB }", "1MiB is no size that can be used"),
    ("http: { certificate: c }", "http.certificate: its key is missing"),
    ("http: { key: k }", "http.key: its certificate is missing"),
    ("http: { client_ca: a }", "http.client_ca: only TLS asks clients"),
    ("http: { oidc: { audience: a } }", "http.oidc.issuer: it is missing"),
    ("http: { oidc: { issuer: \"https://a.vn\" } }", "http.oidc.audience: it is missing"),
    ("http: { oidc: { issuer: \"http://a.vn\", audience: a } }", "http.oidc.issuer: http://a.vn is not https"),
    ("http: { oidc: { issuer: a.vn, audience: a } }", "a.vn is no URL"),
    ("http: { oidc: { issuer: \"https://a.vn\", audience: a, keys: k } }", "http.oidc.keys: no such key"),
    ("http: { oidc: { issuer: \"https://a.vn\", audience: a, claims: { scope: k } } }", "did you mean scopes?"),
    ("registry: { admit: some }", "some is neither any nor known"),
    ("journal: { commit: 1ns }", "1ns is no length of time"),
    ("seal: { bytes: 17GiB }", "17GiB is no size"), ("compact: { level: 23 }", "23 is no whole number"),
    ("compact: { compat: x }", "must be a list"), ("compact: { compat: [[x]] }", "must be a list of texts"),
    ("retention: { readings: 0d }", "0d is no length"), ("retention: { readings: 106001d }", "106001d is no length"),
    ("time: { zone: Mars/Olympus }", "is no known time zone"),
    ("time: { zone: ../../etc/passwd }", "is no known time zone"),
    ("time: { oldest: 2020-13-01 }", "is no day"), ("time: { oldest: 1699-12-31 }", "is no day"),
    ("listeners: []", "there must be 1 to 254"), ("listeners: {}", "must be a list"),
    ("listeners: [x]", "must be a mapping"),
    ("listeners: [{ name: x }]", "protocol: is missing"), ("listeners: [{ protocol: lin }]", "did you mean line?"),
    ("listeners: [{ protocol: statsd }]", "is not in this version"),
    ("listeners: [{ protocol: rtp }]", "listen: is missing"),
    ("listeners: [{ protocol: ntp, listen: \"[::]:1123\" }]", "allow: is missing: ntp answers only"),
    ("listeners: [{ protocol: ntp, allow: [\"::/0\"] }]", "listen: is missing"),
    ("listeners: [{ protocol: ntp, listen: \"[::]:1123\", allow: [\"::/0\"], stratum: 1 }]", "from 2 to 15"),
    ("listeners: [{ protocol: ntp, listen: \"[::]:1123\", allow: [\"::/0\"], trust_clock: 1s }]", "neither true"),
    ("listeners: [{ protocol: line, listen: \"[::]:1-2\" }]", "which only RTP has"),
    ("listeners: [{ protocol: line, allow: [x] }]", "x is no address block"),
    ("listeners: [{ protocol: line }, { protocol: line }]", "two are named line"),
    ("listeners: [{ protocol: line }, { name: b, protocol: line }]", "both take port 8089"),
    ("listeners: [{ name: internal, protocol: line }]", "is what the node itself is called"),
    ("listeners: [{ protocol: syslog, zones: { x: UTC } }]", "is no address"),
    (
      "listeners: [{ protocol: rtp, listen: \"[::]:9\", rtpmap: { 128: H264/90000 } }]", "no payload type from 0 to 127"
    ),
    ("listeners: [{ protocol: capture }]", "interface: is missing"),
    ("webhooks: [{ name: x }]", "url: must be an address"), ("alerts: { rules: /nowhere }", "/nowhere"),
  ])
  func whatCannotBeUsedIsNamed(text: String, cause: String) {
    let found = faults(text)
    if cause.isEmpty { return #expect(found.isEmpty) }
    #expect(found.contains { $0.contains(cause) && $0.hasPrefix("cannot read configuration ") }, "\(found)")
  }

  @Test func halfOfTheProcessorsReceive() {
    for text in ["", "lanes: auto"] {
      let (configuration, faults) = ConfigurationReader.examine(text + "\nnode: n", file: "c.yaml")
      #expect(configuration.lanes == max(1, min(64, ProcessFacts.processors / 2)) && faults.isEmpty)
    }
    #expect(faults("seal: { every: auto }").count == 1)
  }

  @Test func everythingThatIsWrongIsToldAtOnce() {
    let found = faults(
      "nod: x\nlanes: 0\nseal: { every: never, byte: 1 }\nlisteners:\n  - { protocol: line, precision: days }\n")
    #expect(found.count == 5)
    #expect(
      found.contains(
        "cannot read configuration c.yaml line 5: listeners[0].precision: days is none of ns, us, ms, s, m, h"))
  }

  private static let seed = """
    node: qn-01
    lanes: 2
    http: { listen: "127.0.0.1:8080", memory: 128MiB }
    listeners:
      - { name: line, protocol: line, listen: "[::]:8089", precision: ns, allow: ["10.0.0.0/8"] }
      - { name: log, protocol: syslog, zone: UTC, zones: { 10.0.0.7: UTC } }
      - { name: cameras, protocol: rtp, listen: "[::]:20000-20999", rtpmap: { 96: H264/90000 }, silent: 5s }
    seal: { every: 5m, bytes: 64MiB }
    retention: { readings: 400d }
    time: { future: 10m, oldest: 2020-01-01 }
    """

  @Test func damagedFilesAreReadOrRefusedWithAName() {
    var mutation = Mutation(seed: 6)
    var refused = 0
    for _ in 0..<500 {
      let text = String(decoding: mutation.damage(Array(Self.seed.utf8)), as: UTF8.self)
      let (configuration, faults) = ConfigurationReader.examine(text, file: "c.yaml")
      #expect((1...64).contains(configuration.lanes) && configuration.listeners.count < 255)
      for fault in faults { #expect(fault.description.hasPrefix("cannot read configuration ")) }
      if !faults.isEmpty { refused += 1 }
    }
    #expect(refused > 100)
  }

  @Test(arguments: ["[", "{a: ", "- "])
  func nestingWithoutEndIsRefused(opening: String) {
    let found = faults(String(repeating: opening, count: 20_000))
    #expect(!found.isEmpty)
  }
}
