import Lagoon
import Primitives
import Testing

@testable import Alerts

/// Many silences are few alarms: those of their causes.
@Suite struct AlarmCauseTests {
  private static func switched(cameras: Int = 37, others: Int = 100) -> AlarmScene {
    var scene = AlarmScene()
    scene.directory.areas = ["21550": "52"]
    scene.add("sw-1", area: "21550", deviceClass: "gateway")
    for number in 0..<cameras { scene.add("cam-\(number)", area: "21550", parent: "sw-1") }
    for number in 0..<others { scene.add("s-\(number)", area: "21550", deviceClass: "sensor") }
    scene.run(seconds: 3)
    return scene
  }

  private static let cameras = Set((0..<37).map { "cam-\($0)" })

  @Test func aSwitchIsOneAlarmWithItsCameras() {
    var scene = Self.switched()
    scene.mute = Self.cameras.union(["sw-1"])
    scene.run(seconds: 15)
    #expect(scene.lasting == ["sw-1 (37)"] && scene.opened.count == 1)
    #expect(scene.opened[0].children.count == 37)
    // Two stay away: they open by themselves once the switch is back, and nobody else does.
    scene.mute = ["cam-3", "cam-4"]
    scene.run(seconds: 15)
    #expect(scene.lasting == ["cam-3", "cam-4"] && scene.opened.count == 3)
    #expect(scene.closed.map(\.alarm.key.subject) == ["sw-1"] && scene.closed[0].alarm.children.count == 37)
    scene.mute = []
    scene.run(seconds: 2)
    #expect(scene.lasting.isEmpty && scene.book.conditions.isEmpty)
  }

  @Test func aCauseThatIsFoundLateTakesOver() {
    var scene = Self.switched()
    scene.mute = Self.cameras
    // The switch lives on for long: they open.
    scene.run(seconds: 30)
    #expect(scene.lasting.count == 37)
    scene.mute.insert("sw-1")
    scene.run(seconds: 15)
    #expect(scene.lasting == ["sw-1 (37)"])
    let taken = scene.changes.filter { $0.what == .taken }
    #expect(taken.count == 37 && taken.allSatisfy { $0.alarm.cause == scene.book.alarms.keys.first })
    #expect(scene.book.alarms.values.first?.history.count { $0.what == .tookOver } == 37)
    scene.mute = []
    scene.run(seconds: 8)
    #expect(scene.lasting.isEmpty && scene.opened.count == 38)
  }

  @Test func aCauseOfSecondsAgoIsWaitedFor() {
    var scene = Self.switched()
    scene.mute = Self.cameras
    scene.run(seconds: 3)
    scene.mute.insert("sw-1")
    scene.run(seconds: 20)
    #expect(scene.lasting == ["sw-1 (37)"] && scene.opened.count == 1)
  }

  @Test func causesReachOverSeveralSteps() {
    var scene = AlarmScene()
    scene.add("bts", deviceClass: "bts")
    scene.add("sw", parent: "bts", deviceClass: "gateway")
    for number in 0..<5 { scene.add("cam-\(number)", parent: "sw") }
    scene.run(seconds: 3)
    scene.mute = Set(scene.directory.devices.map(\.id))
    scene.run(seconds: 20)
    #expect(scene.lasting == ["bts (6)"] && scene.opened.count == 1)
    // The BTS is back, the switch is not.
    scene.mute.remove("bts")
    scene.run(seconds: 20)
    #expect(scene.lasting == ["sw (5)"])
  }

  @Test func powerExplainsSilence() {
    var scene = AlarmScene()
    scene.add("site", deviceClass: "bts")
    for number in 0..<3 { scene.add("cam-\(number)", parent: "site") }
    scene.run(seconds: 3)
    scene.event("no-power", "site", explains: true)
    scene.mute = Set(scene.directory.devices.map(\.id))
    scene.run(seconds: 20)
    // The site itself too: its battery is empty.
    #expect(scene.lasting == ["site (3)"] && scene.opened.map(\.key.rule) == ["no-power"])
    #expect(scene.named == scene.mute)
    scene.book.clear(AlarmKey(rule: "no-power", scope: .device, subject: "site"), at: scene.now)
    scene.run(seconds: 20)
    #expect(scene.lasting == ["site (3)"] && scene.opened.map(\.key.rule) == ["no-power", "silent"])
  }

  @Test func plannedWorkOpensNothing() throws {
    var scene = Self.switched(cameras: 3)
    let window = MaintenanceWindow(
      id: "w", subject: .device("sw-1"), from: scene.now, to: scene.now + 60 * Nanos.perSecond, note: "", by: "an")
    try scene.book.plan(window)
    scene.mute = ["sw-1", "cam-0", "cam-1", "cam-2"]
    scene.run(seconds: 40)
    // What depends on it is worked at too.
    #expect(scene.lasting.isEmpty)
    try scene.book.cancel("w", at: scene.now)
    #expect(throws: AlarmFault.unknown) { try scene.book.cancel("w", at: scene.now + 1) }
    scene.run(seconds: 10)
    #expect(scene.lasting == ["sw-1 (3)"])
  }
}
