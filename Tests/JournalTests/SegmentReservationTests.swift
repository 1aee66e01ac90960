import Journal
import Mutation
import Sys
import Testing

@Suite struct SegmentReservationTests {
  private let machine = SimulatedMachine(startNanos: 1_795_186_800_000_000_000)

  private func put(_ text: String) throws {
    let file = try File("/journal/reserved", .readWrite)
    try file.write(all: Array(text.utf8), at: 0)
    try file.truncate(to: text.utf8.count)
  }

  @Test func numbersAreTakenInStrides() throws {
    try machine.run {
      var reservation = SegmentReservation(directory: "/journal")
      #expect(try reservation.previous() == 0)
      try reservation.reserve(1)
      #expect(reservation.end == 1 + SegmentReservation.stride)
      let calls = machine.disk.callCount
      try reservation.reserve(reservation.end)
      #expect(machine.disk.callCount == calls)
      try reservation.reserve(reservation.end + 1)
      #expect(try SegmentReservation(directory: "/journal").previous() == 2 + 2 * SegmentReservation.stride)
    }
  }

  @Test func whatMakesNoSenseIsNoNumber() throws {
    try machine.run {
      try FileSystem.createDirectories("/journal")
      let texts = [
        "", "\n", "x\n", "-1\n", " 7\n", "7 \n", "1e3\n", "99999999999999999999\n", "18446744073709551615\n",
        "9223372036854775807\n", "\0\0\0\0",
      ]
      for text in texts {
        try put(text)
        #expect(try SegmentReservation(directory: "/journal").previous() == nil, "\(text)")
      }
      for (text, number) in [("0\n", 0), ("3072\n", 3_072), ("3072", 3_072), ("12\nmore", 12)] as [(String, UInt64)] {
        try put(text)
        #expect(try SegmentReservation(directory: "/journal").previous() == number)
      }
    }
  }

  /// Whatever number comes of damage, the next ones can be counted from it.
  @Test func damagedFilesLeaveRoomToCountOn() throws {
    var mutation = Mutation(seed: 2)
    try machine.run {
      try FileSystem.createDirectories("/journal")
      for _ in 0..<500 {
        let octets = mutation.damage(Array("3072\n".utf8))
        let file = try File("/journal/reserved", .readWrite)
        try file.write(all: octets, at: 0)
        try file.truncate(to: octets.count)
        var reservation = SegmentReservation(directory: "/journal")
        guard let previous = try reservation.previous() else { continue }
        try reservation.reserve(previous + 1)
        #expect(reservation.end > previous)
      }
    }
  }

  @Test func whatCannotBeWrittenIsNotReserved() throws {
    try machine.run {
      for call in [SystemCall.open, .write, .fdatasync, .rename, .fsync] {
        var reservation = SegmentReservation(directory: "/journal")
        FaultInjection.with([.init(call, .error(ErrorNumber.noSpace))]) {
          #expect(throws: SystemError.self) { try reservation.reserve(5_000) }
        }
        #expect(reservation.end == 0)
        try reservation.reserve(5_000)
        #expect(reservation.end == 6_024)
      }
    }
  }

  /// After a loss of power at any call the number is one that was reserved, the old or the new.
  @Test func powerMayGoAtAnyCall() throws {
    var random = SeededRandom(9)
    for calls in 0..<40 {
      let machine = SimulatedMachine(startNanos: 0)
      try machine.run {
        var reservation = SegmentReservation(directory: "/journal")
        try reservation.reserve(10)
        machine.disk.kill(afterCalls: calls)
        let isReserved = (try? reservation.reserve(9_000)) != nil
        machine.disk.restart(after: .power, using: &random)
        let found = try SegmentReservation(directory: "/journal").previous()
        #expect(found == 9_000 + SegmentReservation.stride || (!isReserved && found == 10 + SegmentReservation.stride))
      }
    }
  }
}
