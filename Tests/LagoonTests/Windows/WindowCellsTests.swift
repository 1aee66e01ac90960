import Mutation
import Primitives
import Rollups
import Telemetry
import Testing

@testable import Lagoon

/// Sums by slice and device, of all kinds of numbers.
@Suite struct WindowCellsTests {
  private static let sliceNanos = 2 * Nanos.perSecond
  private static let slices = WindowSlices(sliceNanos: sliceNanos, places: 4, newest: 10)

  @Test func slicesHavePlacesRoundAndRound() {
    let slices = Self.slices
    #expect(slices.oldest == 7 && slices.span == 14 * Nanos.perSecond..<22 * Nanos.perSecond)
    #expect(Set((7...10).map { slices.place(of: $0) }) == [0, 1, 2, 3])
    #expect(slices.place(of: -1) == 3 && slices.place(of: -4) == 0)
    let within = slices.slice(of: 15 * Nanos.perSecond)
    #expect(within.start == 14 * Nanos.perSecond && within.end == 16 * Nanos.perSecond)
    #expect(!within.isOver && !within.isAhead && within.place == slices.place(of: 7))
    for time in [.min, 0, slices.span.lowerBound - 1] as [UnixNanos] {
      let over = slices.slice(of: time)
      #expect(over.isOver && !over.isAhead && over.start <= time && time < over.end)
    }
    for time in [slices.span.upperBound, .max - 1] as [UnixNanos] {
      let ahead = slices.slice(of: time)
      #expect(ahead.isAhead && !ahead.isOver && ahead.start <= time && time < ahead.end)
    }
    #expect(slices.none.start > slices.none.end)
  }

  private static func rows(_ count: Int, _ random: inout SeededRandom) -> [TestRow] {
    (0..<count).map { _ in
      let value: ReadingValue =
        switch Int.random(in: 0..<5, using: &random) {
        case 0: .integer(Int64.random(in: -9...9, using: &random))
        case 1: .integer(Int64.random(in: .min ... .max, using: &random))
        case 2: .decimal(mantissa: Int64.random(in: -(1 << 60)...(1 << 60), using: &random), scale: 12)
        case 3: .double(Double.random(in: -1e3...1e3, using: &random))
        default: .decimal(mantissa: Int64.random(in: -999...999, using: &random), scale: 1)
        }
      return TestRow(
        "d\(Int.random(in: 0..<90, using: &random))",
        Int64.random(in: 12_000...26_000, using: &random) * Nanos.perMillisecond, [("v", value)])
    }
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>) func theyAddUpWhatBucketsAddUp(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let rows = Self.rows(700, &random)
    let source = QueryFixture.source(rows, measurement: "m")
    var slots = DeviceSlots()
    var cells = WindowCells(places: 4, needs: [.sum, .extremes, .last])
    var ahead = 0
    slots.turn(to: source.series)
    for chunk in source.chunks {
      chunk.withColumn(0) { column in
        slots.learn(column.series, from: 0)
        cells.reserve(slots: slots.devices.count)
        ahead +=
          cells.add(
            column, from: 0, unitNanos: Nanos.perMillisecond, of: slots, in: Self.slices
          ).count
      }
    }
    #expect(ahead == rows.count { $0.time >= Self.slices.span.upperBound })
    let total = cells.total(slots: slots.devices.count)
    for (slot, device) in slots.devices.enumerated() {
      #expect(slots.number(of: device) == slot)
      var bucket = Bucket()
      for row in rows where row.device == device && Self.slices.span.contains(row.time) {
        switch row.fields[0].value {
        case .integer(let value): bucket.add(Double(value), mantissa: value, scale: 0, at: row.time)
        case .decimal(let mantissa, let scale) where scale <= ExactSum.places:
          bucket.add(
            DecimalNumber.double(mantissa: mantissa, scale: scale), mantissa: mantissa, scale: scale, at: row.time)
        case .decimal(let mantissa, let scale):
          bucket.add(DecimalNumber.double(mantissa: mantissa, scale: scale), at: row.time)
        case .double(let value): bucket.add(value, at: row.time)
        default: break
        }
      }
      var group = WindowSums.Group()
      total.add(slot, to: &group)
      #expect(group.bucket.count == bucket.count && total.isEmpty(slot) == bucket.isEmpty)
      if bucket.isEmpty { continue }
      #expect(group.bucket.min == bucket.min && group.bucket.max == bucket.max && group.bucket.last == bucket.last)
      // Sums of doubles are as near as the order allows.
      #expect(abs(group.bucket.sum - bucket.sum) <= abs(bucket.sum) * 1e-12 + 1e-9)
      #expect(total.values(.sum)[slot] == group.value(.sum))
    }
  }

  @Test func aPlaceIsClearedAlone() {
    var cells = WindowCells(places: 4, needs: [.sum, .extremes, .last])
    cells.reserve(slots: 2)
    var number = NumberReader()
    let isRead = number.read(ValueTag.double.rawValue, Int64(bitPattern: 0.1.bitPattern))
    #expect(isRead)
    let reading = WindowCells.Reading(number, 0, at: 5, of: 1, slot: 1)
    for place in 0..<4 { cells.add(reading, to: place) }
    let bytes = cells.byteCount
    cells.clear(2)
    cells.reserve(slots: 500)
    #expect(cells.byteCount > bytes)
    let total = cells.total(slots: 2)
    #expect(total.slotCount == 2 && total.isEmpty(0))
    #expect(total.values(.count)[1] == 3 && abs(total.values(.sum)[1] - 0.3) < 1e-15)
    #expect(total.values(.last)[0].isNaN && total.values(.last)[1] == 0.1)
  }

  @Test func onlyFiniteNumbersAreRead() {
    var number = NumberReader()
    func read(_ tag: ValueTag, _ payload: Int64) -> Bool { number.read(tag.rawValue, payload) }
    for (tag, payload) in [
      (.string, 0), (.boolean, 1), (.double, Int64(bitPattern: Double.infinity.bitPattern)),
    ] as [(ValueTag, Int64)] {
      let isRead = read(tag, payload)
      #expect(!isRead)
    }
    for (tag, payload, value, scale) in [
      (.integer, 5, 5, 0), (.decimal(scale: 2), 125, 1.25, 2), (.decimal(scale: 12), 125, 125e-12, -1),
      (.double, Int64(bitPattern: 0.5.bitPattern), 0.5, -1),
    ] as [(ValueTag, Int64, Double, Int)] {
      let isRead = read(tag, payload)
      #expect(isRead && number.value == value && number.scale == scale)
    }
  }
}
