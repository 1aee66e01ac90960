import Lagoon
import Mutation
import Primitives
import Protocols
import Sys
import Testing

@testable import Pipeline

/// The small files of a data directory that a start reads, whole and damaged.
@Suite struct StartFileTests {
  private let machine = SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond)

  private func put(_ octets: [UInt8], _ path: String) throws {
    let file = try File(path, .readWrite)
    try file.truncate(to: 0)
    try file.write(all: octets, at: 0)
  }

  @Test func theEngineIsTheSameAndCountsItsStarts() throws {
    try machine.run {
      try FileSystem.createDirectories("/data")
      let first = SNMPEngineFile.open("/data")
      let second = SNMPEngineFile.open("/data")
      #expect(first.fault == nil && second.fault == nil && first.engine.id == second.engine.id)
      #expect(first.engine.boots == 1 && second.engine.boots == 2 && first.engine.id.count == 13)
    }
  }

  @Test func countsEndAtTheirBound() throws {
    try machine.run {
      try FileSystem.createDirectories("/data")
      for (count, next) in [
        (0, 1), (2_147_483_646, 2_147_483_647), (2_147_483_647, 2_147_483_647), (Int64.max, 2_147_483_647),
      ] as [(Int64, Int64)] {
        try put(Array("8000000005010203 \(count)\n".utf8), "/data/snmp-engine")
        #expect(SNMPEngineFile.open("/data").engine.boots == next)
      }
    }
  }

  @Test func aDamagedEngineIsMadeAnewAndNamed() throws {
    try machine.run {
      try FileSystem.createDirectories("/data")
      for text in [
        "", "\n", "8000000005010203", "80000000 1", "zz00000005010203 1", "8000000005010203 -1",
        "8000000005010203 1 2", String(repeating: "00", count: 33) + " 1",
      ] {
        try put(Array(text.utf8), "/data/snmp-engine")
        let (engine, fault) = SNMPEngineFile.open("/data")
        #expect(engine.boots == 1 && engine.id.count == 13, "\(text)")
        #expect(fault?.hasPrefix("cannot read SNMP engine /data/snmp-engine: it is damaged") == true)
        #expect(SNMPEngineFile.open("/data").fault == nil)
      }
      var mutation = Mutation(seed: 1)
      for _ in 0..<500 {
        try put(mutation.damage(Array("80000000050102030405060708 17\n".utf8)), "/data/snmp-engine")
        let (engine, _) = SNMPEngineFile.open("/data")
        #expect((5...32).contains(engine.id.count) && (1...Int64(Int32.max)).contains(engine.boots))
      }
    }
  }

  @Test func anEngineThatCannotBeKeptIsNamedAndWorks() throws {
    try machine.run {
      try FileSystem.createDirectories("/data")
      for call in [SystemCall.open, .write, .fdatasync, .rename] {
        let (engine, fault) = FaultInjection.with([.init(call, .error(ErrorNumber.noSpace))]) {
          SNMPEngineFile.open("/data")
        }
        #expect(engine.boots == 1 && fault?.hasPrefix("cannot write SNMP engine") == true)
      }
    }
  }

  @Test func theFirstStartIsWrittenOnce() throws {
    try machine.run {
      try FileSystem.createDirectories("/data")
      let catalogue = try Catalogue(data: "/data", node: "n")
      let first = FirstStart.open("/data", now: 5_000, catalogue)
      #expect(first.time == 5_000 && first.fault == nil)
      #expect(FirstStart.open("/data", now: 9_000, catalogue).time == 5_000)
      // A clock that was ahead then is not believed.
      let behind = FirstStart.open("/data", now: 4_000, catalogue)
      #expect(behind.time == 4_000 && behind.fault == nil)
    }
  }

  @Test func aDamagedFirstStartIsTakenFromWhatIsStored() throws {
    try machine.run {
      try FileSystem.createDirectories("/data")
      let catalogue = try Catalogue(data: "/data", node: "n")
      for text in ["", "x", "1e9", "99999999999999999999"] {
        try put(Array(text.utf8), "/data/first-start")
        let (time, fault) = FirstStart.open("/data", now: 5_000, catalogue)
        #expect(time == 5_000 && fault?.contains("it is damaged") == true, "\(text)")
      }
      var mutation = Mutation(seed: 3)
      for _ in 0..<500 {
        try put(mutation.damage(Array("1795186800000000000\n".utf8)), "/data/first-start")
        #expect(FirstStart.open("/data", now: 1_795_186_800_000_000_001, catalogue).time <= 1_795_186_800_000_000_001)
      }
      let unwritten = FaultInjection.with([.init(.rename, .error(ErrorNumber.noSpace))]) {
        FirstStart.open("/data", now: 1, catalogue)
      }
      #expect(unwritten.time == 1 && unwritten.fault?.hasPrefix("cannot write /data/first-start") == true)
    }
  }
}
