import Lagoon
import Pipeline
import Primitives
import Registry
import Testing

@testable import Node

@Suite struct DeviceStatusBookTests {
  private let now = UnixNanos(1_795_186_800) * Nanos.perSecond

  private func device(_ id: String, every seconds: Double?) -> Device {
    Device(id: id, deviceClass: "sensor", intervalSeconds: seconds)
  }

  private func kinds(
    _ book: inout DeviceStatusBook, _ heard: HeardTimes, _ devices: [Device], at now: UnixNanos
  ) -> [String] {
    book.noteHeard(heard, of: devices, at: now).map { "\($0.device) \($0.kind)" }
  }

  @Test func silenceIsToldOnceAndItsEndOnce() {
    var book = DeviceStatusBook(watchedSince: now)
    let devices = [device("a", every: 60), device("b", every: nil), device("c", every: .infinity)]
    #expect(kinds(&book, [:], devices, at: now + 180 * Nanos.perSecond).isEmpty)
    let late = now + 181 * Nanos.perSecond
    let begun = kinds(&book, ["a": now], devices, at: late)
    #expect(begun.count == 1 && begun[0].hasPrefix("a "))
    #expect(kinds(&book, ["a": now], devices, at: late + 1).isEmpty)
    let ended = kinds(&book, ["a": late], devices, at: late + 2)
    #expect(ended.count == 1 && ended[0].hasPrefix("a ") && ended != begun)
    #expect(kinds(&book, ["a": late], devices, at: late + 3).isEmpty)
  }

  /// Rows may bear any time that is believed, and so may clocks.
  @Test(arguments: [Int64.min, -1, 0, Int64.max])
  func timesAtTheEndsOfTimeDoNoHarm(time: Int64) {
    for now in [Int64.min, 0, now, Int64.max] {
      var book = DeviceStatusBook(watchedSince: .min)
      for seconds in [0, 1e-9, 60, 1e300, .infinity] {
        let events = book.noteHeard(["a": time], of: [device("a", every: seconds)], at: now)
        #expect(events.count <= 1)
      }
    }
  }

  @Test func doublingIsToldWhenItBeginsAndEnds() {
    var book = DeviceStatusBook(watchedSince: now)
    #expect(book.noteDoubled(["a": 3, "b": 1], at: now).map(\.device) == ["a", "b"])
    #expect(book.noteDoubled(["a": 1], at: now).map(\.device) == ["b"])
    #expect(book.noteDoubled([:], at: now).map(\.device) == ["a"])
    #expect(book.noteDoubled([:], at: now).isEmpty)
  }
}
