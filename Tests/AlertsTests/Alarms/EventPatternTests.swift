import Primitives
import Testing
import Text

@testable import Alerts

@Suite struct EventPatternTests {
  private func event(_ kind: String, _ message: String = "", _ attributes: String = "{}") throws -> SeenEvent {
    SeenEvent(
      time: 1, device: "sw", kind: kind, message: message, attributes: try JSONReader.read(attributes))
  }

  @Test func aKindOpensAndAnotherEnds() throws {
    let pattern = EventPattern(match: .kind("snmp.linkDown"), clearKind: "snmp.linkUp")
    var matcher = MessageMatcher()
    #expect(pattern.meaning(of: try event("snmp.linkDown"), &matcher) == .opens)
    #expect(pattern.meaning(of: try event("snmp.linkUp"), &matcher) == .clears)
    #expect(pattern.meaning(of: try event("snmp.linkDownX"), &matcher) == nil)
    #expect(pattern.mayMean("snmp.linkUp") && !pattern.mayMean("syslog") && pattern.mayMean("snmp"))
    #expect(pattern.meaning(of: try event("snmp", "linkDown"), &matcher) == .opens)
    #expect(pattern.meaning(of: try event("snmp", "linkUp"), &matcher) == .clears)
    #expect(pattern.meaning(of: try event("snmp", "linkD"), &matcher) == nil)
    #expect(pattern.meaning(of: try event("snmp", ""), &matcher) == nil)
  }

  @Test func aMessageIsFoundAnywhere() throws {
    let pattern = EventPattern(
      match: .message(try MessagePattern("door (open|forced)"), app: "gate"),
      clearMessage: try MessagePattern("door (open|forced) is over"))
    var matcher = MessageMatcher()
    let gate = #"{"app":"gate"}"#
    #expect(pattern.meaning(of: try event("syslog", "north door forced", gate), &matcher) == .opens)
    #expect(pattern.meaning(of: try event("syslog", "door open is over", gate), &matcher) == .clears)
    #expect(pattern.meaning(of: try event("syslog", "door closed", gate), &matcher) == nil)
    #expect(pattern.meaning(of: try event("syslog", "door open", #"{"app":"x"}"#), &matcher) == nil)
    #expect(pattern.meaning(of: try event("syslog", "door open"), &matcher) == nil)
    // Only the beginning of a long message is looked at, and a character is never cut.
    let long = String(repeating: "ế", count: Limits.matchedMessageBytes)
    #expect(pattern.meaning(of: try event("syslog", long + "door open", gate), &matcher) == nil)
    #expect(throws: (any Error).self) { try MessagePattern("(") }
  }

  @Test func membersHaveInstances() throws {
    let event = try event("k", "", #"{"ifIndex.2":2,"ifAlias":"a","down":true,"none":null,"list":[1]}"#)
    #expect(event.value(of: "ifIndex") == "2" && event.value(of: "ifAlias") == "a")
    #expect(event.value(of: "down") == "true" && event.value(of: "none").isEmpty)
    #expect(event.value(of: "list") == "[1]" && event.value(of: "ifInd").isEmpty && event.value(of: "device") == "sw")
  }
}
