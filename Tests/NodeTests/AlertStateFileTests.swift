import Alerts
import Foundation
import Pipeline
import Sys
import Testing

@testable import Node

@Suite struct AlertStateFileTests {
  private let content = AlertStateFile.Content(
    untold: [
      AlertNotice(
        id: "00ff", time: 5_000_000, node: "qn-01", device: "gauge-1", severity: "critical", message: "Nước \"cao\"",
        attributes: AlertAttributes(rule: "nuoc-cao", state: "firing", since: "2026-11-20T00:00:00.000Z", value: 4.6),
        order: "nuoc-cao/device/gauge-1")
    ])

  @Test func comesBack() throws {
    let scratch = try ScratchDirectory()
    let file = AlertStateFile(data: scratch.path)
    #expect(file.load().content == AlertStateFile.Content())
    #expect(file.load().fault == nil)
    try file.save(content)
    try file.save(content)
    #expect(file.load().content == content)
    #expect(file.load().fault == nil)
    #expect(scratch.names == ["alerts.state"])
  }

  @Test func everyBitThatTurnsIsSeen() throws {
    let scratch = try ScratchDirectory()
    let file = AlertStateFile(data: scratch.path)
    try file.save(content)
    let whole = try scratch.read("alerts.state")
    for index in whole.indices {
      var damaged = whole
      damaged[index] ^= 4
      try damaged.write(to: URL(fileURLWithPath: file.path))
      let (found, fault) = file.load()
      #expect(found == AlertStateFile.Content() && fault?.contains(file.path) == true, "byte \(index)")
    }
    for length in [0, 1, 20, whole.count - 1] {
      try whole.prefix(length).write(to: URL(fileURLWithPath: file.path))
      #expect(file.load().fault != nil)
    }
    #expect(scratch.names.contains("alerts.state.damaged"))
  }

  /// A disk that fails for a moment must not cost what nobody was told yet.
  @Test func whatTheDiskDoesNotGiveIsNoDamage() throws {
    let scratch = try ScratchDirectory()
    let file = AlertStateFile(data: scratch.path)
    try file.save(content)
    for call in [SystemCall.open, .read] {
      FaultInjection.with([.init(call, .error(ErrorNumber.inputOutput), path: "alerts.state")]) {
        #expect(file.load().content == nil && file.load().fault?.contains(file.path) == true)
      }
      #expect(file.load().content == content && scratch.names == ["alerts.state"])
    }
  }

  @Test func anotherVersionIsNamed() throws {
    let scratch = try ScratchDirectory()
    let file = AlertStateFile(data: scratch.path)
    _ = try scratch.write("thinai-alerts 3 \(String(repeating: "0", count: 64))\n{}", to: "alerts.state")
    #expect(file.load().fault?.contains("is no version that is known") == true)
  }
}

@Suite struct AlertNoticeTests {
  @Test func theSameThingHasTheSameWords() throws {
    var notice = AlertNotice(
      id: "1", time: 1_500_000_000, node: "n", device: "d", severity: "error", message: "a\tb",
      attributes: AlertAttributes(rule: "r", state: "resolved", since: "s"), order: "o")
    #expect(
      String(decoding: notice.body, as: UTF8.self)
        == #"{"attributes":{"rule":"r","since":"s","state":"resolved"},"device":"d","id":"1","kind":"alert.r","message":"a\tb","node":"n","severity":"error","time":"1970-01-01T00:00:01.500Z"}"#
    )
    notice.attributes.deviceClass = "bts"
    #expect(notice.event.attributes == #"{"class":"bts","rule":"r","since":"s","state":"resolved"}"#)
  }
}
