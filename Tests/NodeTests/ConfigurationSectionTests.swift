import Primitives
import Protocols
import Registry
import Testing
import Yams

@testable import Node

/// One mapping of a configuration: what is read of it, and that each fault has its place.
@Suite struct ConfigurationSectionTests {
  private static let file = "/etc/thinai/c.yaml"

  private func section(_ text: String, _ faults: ConfigurationFaults? = nil) throws -> ConfigurationSection {
    let node = try #require(try Yams.compose(yaml: text))
    return try ConfigurationSection(node, file: Self.file, name: "", faults: faults)
  }

  private func cause(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch {
      return "\(error)".replacing("cannot read configuration \(Self.file)", with: "")
    }
  }

  @Test func keysThatWereNotAskedForAreKnown() throws {
    var section = try section("b: 1\na: 2\nc:\n")
    #expect(section.keys == ["a", "b", "c"])
    #expect(try section.text("a") == "2" && section.text("c") == nil && section.text("elsewhere") == nil)
    #expect(section.keys == ["b"])
    #expect(cause { try section.rejectUnknownKeys() } == " line 1: b: no such key")
    _ = try section.text("b")
    #expect(cause { try section.rejectUnknownKeys() } == nil)
  }

  @Test func whatWasPerhapsMeantIsOnlyWhatIsNotThere() throws {
    var section = try section("intervall: 1\ninterval: 2\nlisten: x\n")
    _ = try section.text("interval")
    _ = try section.text("listener")
    let faults = try #require(cause { try section.rejectUnknownKeys() })
    #expect(faults == " line 1: intervall: no such key", "interval is there already")
    _ = try section.text("intervall")
    #expect(cause { try section.rejectUnknownKeys() } == " line 3: listen: no such key; did you mean listener?")
  }

  @Test func aFaultHasTheLineOfItsKeyElseOfItsSection() throws {
    var top = try section("a: 1\nsub:\n  x: 1\n  y: 2\n")
    var sub = try #require(try top.section("sub"))
    #expect("\(sub.failure("y", "is wrong"))".hasSuffix("c.yaml line 4: sub.y: is wrong"))
    #expect("\(sub.failure("z", "is missing"))".hasSuffix("c.yaml line 3: sub.z: is missing"))
    #expect("\(top.failure("z", "is missing"))".hasSuffix("c.yaml: z: is missing"))
    #expect(cause { _ = try sub.integer("x", in: 2...3) } == " line 3: sub.x: 1 is no whole number from 2 to 3")
    #expect(try top.section("nothing") == nil)
  }

  /// Gathered, all of them are told; without a place to gather them the first one ends it.
  @Test func faultsAreGatheredOrEndIt() throws {
    let text = "i: x\nd: soon\ns: much\nt: [1]\nz: Moon/Sea\nl: {}\n"
    func readAll(_ section: inout ConfigurationSection) throws {
      #expect(try section.integer("i", in: 0...9) == nil && section.duration("d", in: 0...9) == nil)
      #expect(try section.size("s", in: 0...9) == nil && section.text("t") == nil)
      #expect(try section.timeZone("z") == nil && section.sections("l") == nil)
    }
    let faults = ConfigurationFaults()
    var gathering = try section(text, faults)
    try readAll(&gathering)
    #expect(
      faults.all.map { "\($0)".split(separator: ": ").dropFirst().first.map(String.init) ?? "" }
        == ["i", "d", "s", "t", "z", "l"])
    var strict = try section(text)
    let first = cause { _ = try strict.integer("i", in: 0...9) }
    #expect(first == " line 1: i: x is no whole number from 0 to 9")
  }

  @Test(arguments: ["1", "[]", "[a: 1]", "\"text\""])
  func whatIsNoMappingIsRefused(text: String) throws {
    #expect(cause { _ = try section(text) }?.contains("must be a mapping") == true)
    var top = try section("sub: \(text)\n")
    #expect(cause { _ = try top.section("sub") }?.contains("sub must be a mapping") == true)
  }

  @Test func keysAreTexts() throws {
    #expect(cause { _ = try section("[a]: 1\n") } == " line 1: a key must be text")
    // Whatever YAML takes them for.
    var keys = try section("1: a\ntrue: b\n")
    #expect(try keys.text("1") == "a" && keys.text("true") == "b")
  }

  @Test func numbersAndLengthsHaveTheirBounds() throws {
    var section = try section("a: 0\nb: -1\nc: 9223372036854775808\nd: 1_0\ne: 5m\nf: 4KiB\ng: \"7\"\nh: ~\n")
    #expect(try section.integer("a", in: 0...0) == 0 && section.integer("g", in: 7...7) == 7)
    #expect(try section.integer("h", in: 0...9) == nil, "nothing is said")
    for key in ["b", "c", "d"] {
      #expect(throws: ConfigurationError.self) { try section.integer(key, in: 0...Int.max) }
    }
    #expect(try section.duration("e", in: 0...300 * Nanos.perSecond) == 300 * Nanos.perSecond)
    #expect(throws: ConfigurationError.self) { try section.duration("e", in: 0...300 * Nanos.perSecond - 1) }
    #expect(try section.size("f", in: 4_096...4_096) == 4_096)
    #expect(throws: ConfigurationError.self) { try section.size("f", in: 0...4_095) }
  }

  @Test func listsAreOfTextsOrOfMappings() throws {
    var section = try section("a: [x, 1, \"\"]\nb: [[x]]\nc: x\nd: [{k: 1}, {k: 2}]\ne: []\nf: [{}, x]\n")
    #expect(try section.texts("a") == ["x", "1", ""] && section.texts("e") == [] && section.texts("none") == nil)
    #expect(cause { _ = try section.texts("b") } == " line 2: b: must be a list of texts")
    #expect(cause { _ = try section.texts("c") } == " line 3: c: must be a list")
    var mappings = try #require(try section.sections("d"))
    #expect(try mappings.indices.map { try mappings[$0].text("k") } == ["1", "2"])
    #expect(mappings.map(\.name) == ["d[0]", "d[1]"])
    #expect(cause { _ = try section.sections("f") }?.contains("f[1] must be a mapping") == true)
  }

  @Test func placesAreBesideTheFile() throws {
    var section = try section("a: x.csv\nb: ./y/z.csv\nc: /z.csv\nd: ../w.csv\n")
    let places = try ["a", "b", "c", "d", "e"].map { try section.place($0) }
    #expect(places == ["/etc/thinai/x.csv", "/etc/thinai/y/z.csv", "/z.csv", "/etc/thinai/../w.csv", nil])
    #expect(ConfigurationSection.place("x", besides: "c.yaml") == "x")
    #expect(ConfigurationSection.place("x", besides: "/c.yaml") == "/x")
  }

  @Test func anEmptyOneSaysNothing() throws {
    var empty = ConfigurationSection.empty
    #expect(try empty.keys.isEmpty && empty.text("a") == nil && empty.sections("a") == nil)
    try empty.rejectUnknownKeys()
  }

  @Test func otherFilesAreReadAsTheyAre() throws {
    let scratch = try ScratchDirectory()
    let section = try section("a: 1\n")
    var mapping = try section.file(try scratch.write("k: v\n", to: "m.yaml"))
    #expect(try mapping.text("k") == "v" && mapping.name.isEmpty && mapping.faults == nil)
    var entries = try section.entries(ofFile: try scratch.write("- {k: 1}\n- {k: 2}\n", to: "l.yaml"), "users")
    #expect(try entries[1].text("k") == "2" && entries.map(\.name) == ["users[0]", "users[1]"])
    for (text, cause) in [("", "it is empty"), ("k: v", "it must be a list of users"), ("[", "it is no YAML")] {
      let path = try scratch.write(text, to: "wrong.yaml")
      let error = #expect(throws: ConfigurationError.self) { try section.entries(ofFile: path, "users") }
      #expect(error?.description.hasPrefix("cannot read configuration \(path): \(cause)") == true)
    }
    #expect(throws: ConfigurationError.self) { try section.file(scratch.path + "/none.yaml") }
  }

  // MARK: faults

  private struct Odd: Error, CustomStringConvertible { var description = "odd" }

  @Test func oneFaultIsToldOnce() throws {
    let faults = ConfigurationFaults()
    #expect(faults.gather { 7 } == 7 && faults.all.isEmpty)
    let nothing: Int? = faults.gather { throw ConfigurationError("a") }
    #expect(nothing == nil)
    faults.gather { throw Odd() }
    faults.add(ConfigurationError("a"))
    faults.gather { throw ConfigurationError("odd") }
    #expect(faults.all.map(\.description) == ["a", "odd"])
  }

  // MARK: zones

  @Test func aZoneIsAFileBelowTheSystemsAndNoOther() throws {
    let zone = try #require(ZoneFiles.rules(named: "Asia/Ho_Chi_Minh"))
    #expect(zone.offsetSeconds(atUTC: 1_795_186_800) == 7 * 3_600)
    let paris = try #require(ZoneFiles.rules(named: "Europe/Paris"))
    #expect(paris.offsetSeconds(atUTC: 1_795_186_800) == 3_600 && paris.offsetSeconds(atUTC: 1_782_000_000) == 7_200)
    for name in [
      "", "/", "Asia", "Asia/", "/Europe/Paris", "Europe//Paris", "./Europe/Paris", "../zoneinfo/Europe/Paris",
      "Europe/../Europe/Paris", "Moon/Sea", "zone.tab", "Europe/Paris\u{0}", String(repeating: "a", count: 5_000),
    ] {
      #expect(ZoneFiles.rules(named: name) == nil, "\(name.prefix(40))")
    }
  }

  // MARK: registry

  @Test func aRegistryIsWhatItsFilesSay() throws {
    #expect(try RegistryLoader.load(Configuration.RegistryFiles()).devices.isEmpty)
    let scratch = try ScratchDirectory()
    var files = Configuration.RegistryFiles()
    files.devices = try scratch.write("id,class,area\na,bts,1\n", to: "d.csv")
    #expect(try RegistryLoader.load(files).devices.map(\.id) == ["a"])
    files.areas = try scratch.write("code,parent,name\n2,,Two\n", to: "a.csv")
    let error = #expect(throws: (any Error).self) { try RegistryLoader.load(files) }
    #expect("\(error.map { "\($0)" } ?? "")".contains("d.csv line 2: area 1 is not in the areas file"))
    files.areas = nil
    files.ranges = scratch.path + "/none.csv"
    #expect(throws: (any Error).self) { try RegistryLoader.load(files) }
  }

  @Test func whyAnEngineDoesNotStartIsWhatItSays() {
    let error: any Error = EngineError("cannot open outbox /data/outbox: it is full")
    #expect("\(error)" == "cannot open outbox /data/outbox: it is full")
    var ports = PortMap()
    for (text, cause) in [
      ("", "it must read PORT=PROTOCOL"), ("1514", "it must read"), ("0=syslog", "it must read"),
      ("65536=syslog", "it must read"), ("1=2=3", "it must read"), ("1514=telnet", "telnet is none of"),
      ("1=", "is none of"),
    ] {
      let error = #expect(throws: EngineError.self) { try ports.add(text) }
      #expect(error?.description.hasPrefix("cannot map port \(text): ") == true)
      #expect(error?.description.contains(cause) == true)
    }
  }
}
