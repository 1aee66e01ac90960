import Lagoon
import Primitives
import Testing

@testable import Alerts

/// Many devices of an area that fall silent together are one alarm of the area.
@Suite struct StormTests {
  /// 1,000 devices in 20 communes of two provinces.
  private static func country(interval: (Int) -> Double = { _ in 2 }, parents: Int = 0) -> AlarmScene {
    var scene = AlarmScene()
    for number in 0..<20 { scene.directory.areas["c\(number)"] = number < 14 ? "52" : "48" }
    for number in 0..<parents { scene.add("sw-\(number)", area: "c\(number % 20)", deviceClass: "gateway") }
    for number in 0..<1_000 - parents {
      scene.add(
        "d-\(number)", area: "c\(number % 20)", parent: parents > 0 ? "sw-\(number % parents)" : "",
        interval: interval(number))
    }
    scene.run(seconds: 3)
    return scene
  }

  private static func gone(_ scene: AlarmScene) -> Set<String> {
    Set(scene.directory.devices.enumerated().filter { $0.offset % 25 < 23 }.map(\.element.id))
  }

  @Test func aStormIsOneAlarmOfEachProvince() {
    var scene = Self.country()
    let gone = Self.gone(scene)
    scene.mute = gone
    scene.run(seconds: 20)
    #expect(scene.book.alarms.values.map(\.key.subject).sorted() == ["48", "52"] && scene.opened.count == 2)
    #expect(scene.named == gone && scene.opened.allSatisfy { $0.kind == .storm })
    // All but five are back.
    scene.mute = Set(gone.sorted().prefix(5))
    scene.run(seconds: 20)
    #expect(scene.named == scene.mute && scene.opened.count == 7)
    scene.mute = []
    scene.run(seconds: 3)
    #expect(scene.lasting.isEmpty)
  }

  @Test func devicesThatSendSeldomJoin() {
    var scene = Self.country { [2, 10, 30][$0 % 3] }
    let gone = Self.gone(scene)
    scene.mute = gone
    scene.run(seconds: 200)
    #expect(scene.named == gone && scene.opened.count < 20, "\(scene.opened.count)")
  }

  @Test func manySwitchesAreAStormToo() {
    var scene = Self.country(parents: 40)
    let gone = Self.gone(scene)
    scene.mute = gone
    scene.run(seconds: 60)
    #expect(scene.opened.count < 20 && gone.isSubset(of: scene.named), "\(scene.opened.count)")
  }

  @Test func aCommuneIsNamedWhereItAloneIsDark() {
    var scene = Self.country()
    scene.mute = Set(scene.directory.devices.filter { $0.area == "c3" }.map(\.id))
    scene.run(seconds: 20)
    #expect(scene.lasting == ["c3 (50)"] && scene.opened.count == 1)
  }

  @Test func fewAreNoStorm() {
    var scene = Self.country()
    scene.mute = Set(scene.directory.devices.filter { $0.area == "c3" }.prefix(19).map(\.id))
    scene.run(seconds: 20)
    #expect(scene.lasting.count == 19 && scene.opened.allSatisfy { $0.kind == .silence })
  }

  @Test func oneCauseOfManyIsNoStorm() {
    var scene = AlarmScene()
    scene.directory.areas = ["c": "52"]
    scene.add("sw", area: "c", deviceClass: "gateway")
    for number in 0..<80 { scene.add("cam-\(number)", area: "c", parent: "sw") }
    for number in 0..<20 { scene.add("s-\(number)", area: "c") }
    scene.run(seconds: 3)
    scene.mute = Set(scene.directory.devices.map(\.id).filter { !$0.hasPrefix("s-") })
    scene.run(seconds: 20)
    #expect(scene.lasting == ["sw (80)"] && scene.opened.count == 1)
  }

  @Test func theSurveyFollowsItsSettings() {
    var scene = Self.country()
    scene.mute = Set(scene.directory.devices.filter { $0.area == "c3" }.prefix(10).map(\.id))
    scene.run(seconds: 20)
    let world = AlarmWorld(
      directory: scene.directory, now: scene.now, heard: HeardTimes(scene.heard),
      allowedNanos: Dictionary(uniqueKeysWithValues: scene.directory.devices.map { ($0.id, scene.allowed($0)) }))
    let silences = Silences(scene.book, world)
    #expect(Set(silences.devices) == scene.mute && silences.root(of: silences.devices[0]) == silences.devices[0])
    let survey = StormSurvey(silences.devices, silences, in: world)
    #expect(survey.storms(StormSettings(share: 0.2, least: 9)) == ["c3"])
    #expect(survey.storms(StormSettings(share: 0.3, least: 9)).isEmpty)
    // One of them may be silent for a reason of its own.
    #expect(survey.storms(StormSettings(share: 0.2, least: 10)).isEmpty)
  }

  @Test func withoutAreasTheNodeIsTheArea() {
    var scene = AlarmScene()
    for number in 0..<100 { scene.add("d-\(number)") }
    scene.run(seconds: 3)
    scene.mute = Set((0..<60).map { "d-\($0)" })
    scene.run(seconds: 20)
    #expect(scene.opened.count == 1 && scene.opened[0].key.scope == .all && scene.named == scene.mute)
  }
}
