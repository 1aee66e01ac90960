import Lagoon
import Primitives
import Rollups
import Testing

@testable import Alerts

@Suite struct AlertThresholdTests {
  private func threshold(isAbove: Bool, _ bound: Double, clear: Double? = nil) throws -> AlertThreshold {
    AlertThreshold(
      measurement: "m", field: "f", aggregate: .average, over: try #require(Step("5m")), isAbove: isAbove,
      bound: bound, clearBound: clear)
  }

  @Test func boundsThemselvesDoNotFireButClear() throws {
    let above = try threshold(isAbove: true, 50)
    #expect(above.sign(of: 50.1) == .raised)
    #expect(above.sign(of: 50) == .cleared)
    let below = try threshold(isAbove: false, 48)
    #expect(below.sign(of: 47.9) == .raised)
    #expect(below.sign(of: 48) == .cleared)
    #expect(below.sign(of: nil) == .absent)
  }

  @Test func hysteresisLiesBetween() throws {
    let above = try threshold(isAbove: true, 50, clear: 40)
    #expect([51, 50, 40.1, 40, 0].map(above.sign) == [.raised, .between, .between, .cleared, .cleared])
    let below = try threshold(isAbove: false, 48, clear: 50)
    #expect([47, 48, 49.9, 50, 60].map(below.sign) == [.raised, .between, .between, .cleared, .cleared])
  }

  @Test func silenceIsByIntervalUnlessSaid() {
    let camera = DeviceFacts(id: "c", intervalSeconds: 10)
    #expect(AlertSilence().allowedNanos(camera) == 30 * Nanos.perSecond)
    #expect(AlertSilence(intervals: 10).allowedNanos(camera) == 100 * Nanos.perSecond)
    #expect(AlertSilence(afterNanos: 5).allowedNanos(camera) == 5)
    #expect(AlertSilence().allowedNanos(DeviceFacts(id: "d")) == 180 * Nanos.perSecond)
  }

  @Test func longWindowsAreLookedAtMoreRarely() throws {
    func period(_ over: String) throws -> Int64 {
      let threshold = AlertThreshold(
        measurement: "m", field: "f", aggregate: .sum, over: try #require(Step(over)), isAbove: true, bound: 1)
      let message = try AlertMessage("x")
      return AlertRule(
        name: "r", severity: .error, kind: .threshold(threshold), message: message, resolvedMessage: message
      ).periodNanos(atLeast: 10 * Nanos.perSecond)
    }
    #expect(try period("5m") == 10 * Nanos.perSecond)
    #expect(try period("1h") == Nanos.perMinute)
    #expect(try period("7d") == 5 * Nanos.perMinute)
  }

  @Test func oneBucketCoversEveryWindow() throws {
    // Over the turns of all steps of ten years and less there is one that does.
    let zone = TimeZoneRules.fixed(offsetSeconds: 7 * 3_600)
    for length in [Nanos.perMinute, 5 * Nanos.perMinute, Nanos.perHour, Nanos.perDay, 7 * Nanos.perDay] {
      for day in stride(from: Int64(10_000), to: 40_000, by: 3) {
        let from = day * (Nanos.perDay + Nanos.perMinute) - 3 * Nanos.perHour
        let step = WindowStep.covering(from, from + length, zone: zone)
        #expect(step.bucket(of: from, zone: zone).end >= from + length)
      }
    }
  }
}

@Suite struct AlertMessageTests {
  @Test func placesAreFilled() throws {
    let message = try AlertMessage("Mưa lớn tại {name}: {value} mm ({threshold})")
    #expect(message.text([.name: "Quy Nhơn", .value: "61.2"]) == "Mưa lớn tại Quy Nhơn: 61.2 mm ()")
    #expect(try AlertMessage("{device}{area}").text([.device: "a", .area: "b"]) == "ab")
    #expect(try AlertMessage("").text([:]) == "")
  }

  @Test func unknownPlacesAreFlaws() {
    #expect(throws: AlertMessage.Flaw.self) { try AlertMessage("{devise}") }
    #expect(throws: AlertMessage.Flaw.self) { try AlertMessage("a {device") }
  }

  @Test func numbersAreShort() {
    #expect(AlertMessage.text(of: 50) == "50")
    #expect(AlertMessage.text(of: 0.1 + 0.2) == "0.3")
    #expect(AlertMessage.text(of: -4.5678) == "-4.568")
    #expect(AlertMessage.text(of: 1e20) == "1e+20")
  }
}
