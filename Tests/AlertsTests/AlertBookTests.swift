import Lagoon
import Primitives
import Rollups
import Testing

@testable import Alerts

@Suite struct AlertBookTests {
  private func rule(_ name: String = "r", scope: AlertScope = .device) throws -> AlertRule {
    let threshold = AlertThreshold(
      measurement: "m", field: "f", aggregate: .last, over: try #require(Step("1m")), isAbove: true, bound: 1)
    let message = try AlertMessage("x")
    return AlertRule(
      name: name, severity: .warning, kind: .threshold(threshold), scope: scope, message: message,
      resolvedMessage: message)
  }

  private func seen(_ subject: String, _ sign: AlertSign) -> AlertObservation {
    AlertObservation(subject: subject, value: 2, sign: sign)
  }

  @Test func eachSubjectTurnsByItself() throws {
    var book = AlertBook()
    let rule = try rule()
    let first = book.take([seen("b", .raised), seen("a", .raised), seen("c", .cleared)], of: rule, at: 1)
    #expect(first.turns.map(\.subject) == ["a", "b"] && first.overflow == 0)
    #expect(book.firingCount(of: "r") == 2)
    let second = book.take([seen("a", .cleared), seen("c", .raised)], of: rule, at: 2)
    // Nothing was seen of b, which goes on.
    #expect(second.turns.map(\.subject) == ["a", "c"])
    #expect(second.turns.map(\.change) == [.resolved(since: 1), .fired(since: 2)])
    #expect(book.firing(of: [rule]).map(\.subject) == ["b", "c"])
  }

  @Test func whatFiredBeforeARestartIsNotToldAgain() throws {
    var book = AlertBook()
    let rule = try rule()
    book.restore(
      FiringAlert(rule: "r", scope: "device", severity: "warning", subject: "a", since: 5), rule: rule, at: 100)
    #expect(book.take([seen("a", .raised)], of: rule, at: 101).turns.isEmpty)
    #expect(book.take([seen("a", .cleared)], of: rule, at: 102).turns.map(\.change) == [.resolved(since: 5)])
  }

  @Test func tooManyAreCountedNotFollowed() throws {
    var book = AlertBook()
    let rule = try rule()
    let flood = (0..<Limits.alertSubjects + 3).map { seen("d\($0)", .raised) }
    let taken = book.take(flood, of: rule, at: 1)
    #expect(taken.turns.count == Limits.alertSubjects && taken.overflow == 3)
    // Those that are followed still are.
    #expect(book.take([seen("d0", .cleared)], of: rule, at: 2).turns.count == 1)
  }
}
