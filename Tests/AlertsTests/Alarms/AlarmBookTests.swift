import Primitives
import Testing
import Text

@testable import Alerts

@Suite struct AlarmBookTests {
  @Test func whatIsSeenAgainCounts() {
    var scene = AlarmScene()
    scene.add("sw")
    scene.event("link", "sw", ["2"])
    scene.event("link", "sw", ["3"])
    scene.event("link", "sw", ["3"])
    #expect(scene.book.alarms.values.map(\.count).sorted() == [1, 2] && scene.opened.count == 2)
    scene.book.clear(AlarmKey(rule: "link", scope: .device, subject: "sw", values: ["3"]), at: scene.now)
    scene.settle()
    #expect(scene.closed.map(\.alarm.key.values) == [["3"]] && scene.closed[0].alarm.count == 2)
    #expect(scene.book.alarms.count == 1 && scene.book.count(of: "link") == 1)
  }

  @Test func anEventIsHeldAndEndsByItself() {
    var scene = AlarmScene()
    scene.add("sw")
    scene.event("door", "sw", hold: 3, clearAfter: 10)
    #expect(scene.lasting.isEmpty)
    scene.run(seconds: 3)
    #expect(scene.lasting == ["sw"])
    scene.run(seconds: 5)
    scene.event("door", "sw", clearAfter: 10)
    scene.run(seconds: 9)
    #expect(scene.lasting == ["sw"])
    scene.run(seconds: 1)
    #expect(scene.lasting.isEmpty)
  }

  @Test func handsAreKept() throws {
    var scene = AlarmScene()
    scene.add("sw")
    scene.event("link", "sw")
    let id = try #require(scene.book.alarms.keys.first)
    var alarm = try scene.book.act(.acknowledge(note: "tôi"), on: id, by: "an", at: scene.now)
    #expect(alarm.state == .acknowledged && alarm.acknowledgement?.note == "tôi")
    let until = scene.now + 5 * Nanos.perSecond
    alarm = try scene.book.act(.shelve(until: until, note: ""), on: id, by: "an", at: scene.now)
    #expect(alarm.state == .shelved)
    #expect(throws: AlarmFault.senseless("until lies in the past")) {
      try scene.book.act(.shelve(until: scene.now, note: ""), on: id, by: "an", at: scene.now)
    }
    scene.run(seconds: 5)
    #expect(scene.book.alarms[id]?.state == .acknowledged)
    #expect(throws: AlarmFault.senseless("it is not shelved")) {
      try scene.book.act(.unshelve(note: ""), on: id, by: "an", at: scene.now)
    }
    #expect(throws: AlarmFault.senseless("note is empty")) {
      try scene.book.act(.note(""), on: id, by: "an", at: scene.now)
    }
    #expect(throws: AlarmFault.unknown) { try scene.book.act(.note("x"), on: "none", by: "an", at: scene.now) }
    let history = try #require(scene.book.alarms[id]?.history)
    #expect(history.map(\.what) == [.opened, .acknowledged, .shelved, .unshelved])
    for number in 0..<500 { _ = try scene.book.act(.note("\(number)"), on: id, by: "an", at: scene.now) }
    let long = try #require(scene.book.alarms[id]?.history)
    #expect(long.count == Limits.alarmHistory && long[0].what == .opened && long.last?.note == "499")
  }

  @Test func everythingComesBack() throws {
    var scene = AlarmScene()
    scene.directory.areas = ["c": "52"]
    scene.add("sw", area: "c", deviceClass: "gateway")
    for number in 0..<4 { scene.add("cam-\(number)", area: "c", parent: "sw") }
    scene.run(seconds: 2)
    scene.mute = ["sw", "cam-0", "cam-1"]
    scene.run(seconds: 12)
    scene.event("door", "cam-3", ["a/b", "ü\n"], hold: 4, clearAfter: 60)
    let id = try #require(scene.book.alarms.keys.first)
    _ = try scene.book.act(.shelve(until: scene.now + Nanos.perDay, note: "n"), on: id, by: "an", at: scene.now)
    _ = try scene.book.act(.acknowledge(note: "m"), on: id, by: "bình", at: scene.now)
    for subject in [MaintenanceWindow.Subject.device("cam-3"), .area("52"), .deviceClass("bts")] {
      try scene.book.plan(
        MaintenanceWindow(id: "\(subject)", subject: subject, from: 1, to: .max, note: "t", by: "an"))
    }
    func again(_ value: JSONValue) throws -> JSONValue { try JSONReader.read(value.bytes) }
    var other = AlarmBook { _, _ in "" }
    let alarms = try scene.book.alarms.values.map { try #require(Alarm(json: try again($0.json))) }
    let conditions = try scene.book.conditions.values.map {
      try #require(AlarmCondition(json: try again($0.json)))
    }
    let windows = try scene.book.windows.map { try #require(MaintenanceWindow(json: try again($0.json))) }
    other.restore(alarms: alarms, conditions: conditions, windows: windows)
    #expect(other.alarms == scene.book.alarms && other.conditions == scene.book.conditions)
    #expect(other.windows == scene.book.windows && other.count(of: "silent") == 3)
    #expect(other.takeChanges().isEmpty)
  }

  @Test func anAlarmWithoutWhatHoldsItIsNotRestored() {
    var scene = AlarmScene()
    scene.add("sw")
    scene.event("link", "sw")
    var other = AlarmBook { key, time in "\(key.text)@\(time)" }
    other.restore(alarms: Array(scene.book.alarms.values), conditions: [], windows: [])
    #expect(other.alarms.isEmpty)
    // And what has lost its alarm opens one anew.
    other.restore(alarms: [], conditions: Array(scene.book.conditions.values), windows: [])
    other.settle(in: AlarmWorld(directory: scene.directory, now: scene.now))
    #expect(other.alarms.count == 1)
  }

  @Test func aRuleHasSoManyAtTheMost() {
    var book = AlarmBook { key, _ in key.text }
    func raise(_ number: Int) -> Bool {
      book.raise(
        AlarmCondition(
          key: AlarmKey(rule: "r", scope: .device, subject: "d", values: ["\(number)"]), kind: .event, severity: .error,
          since: 1, fired: 1, message: ""))
    }
    for number in 0..<Limits.alarmsPerRule where !raise(number) { Issue.record("\(number)") }
    #expect(!raise(Limits.alarmsPerRule) && raise(0))
    book.clear(where: { $0.key.rule == "r" }, at: 2, cause: "the rule is gone")
    #expect(book.conditions.isEmpty && book.count(of: "r") == 0 && raise(7))
  }
}
