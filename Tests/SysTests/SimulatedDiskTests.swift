import Mutation
import Primitives
import Testing

@testable import Sys

/// The disk of a simulated machine: what it answers, and what is left of it.
@Suite struct SimulatedDiskTests {
  private static func machine(capacityBytes: Int = 1 << 20) throws -> SimulatedMachine {
    let machine = SimulatedMachine(startNanos: 1_000, capacityBytes: capacityBytes)
    try machine.run { try FileSystem.createDirectories("/d") }
    return machine
  }

  private static func fails(_ code: Int32, _ body: () throws -> Void) -> Bool {
    do {
      try body()
      return false
    } catch { return (error as? SystemError)?.code == code }
  }

  @Test func namesAnswerAsTheKernelDoes() throws {
    try Self.machine().run {
      try File("/d/a", .append).write(all: [1])
      #expect(Self.fails(ErrorNumber.exists) { _ = try File("/d/a", .createExclusive) })
      #expect(Self.fails(ErrorNumber.isADirectory) { _ = try File("/d", .read) })
      #expect(Self.fails(ErrorNumber.notFound) { _ = try File("/d/b", .read) })
      #expect(Self.fails(ErrorNumber.notFound) { _ = try File("/e/a", .append) })
      #expect(Self.fails(ErrorNumber.notEmpty) { try FileSystem.removeDirectory("/d") })
      #expect(Self.fails(ErrorNumber.notADirectory) { try FileSystem.removeDirectory("/d/a") })
      #expect(Self.fails(ErrorNumber.isADirectory) { try FileSystem.unlink("/d") })
      #expect(Self.fails(ErrorNumber.exists) { try FileSystem.link(from: "/d/a", to: "/d/a") })
      #expect(Self.fails(ErrorNumber.notFound) { try FileSystem.rename(from: "/d/b", to: "/d/c") })
      #expect(Self.fails(ErrorNumber.notADirectory) { _ = try FileSystem.list("/d/a") })
      try FileSystem.link(from: "/d/a", to: "/d/z")
      try FileSystem.unlink("/d/a")
      #expect(try File.readWhole("/d/z") == [1] && FileSystem.list("/d").map(\.name) == ["z"])
    }
  }

  /// A rename to another name replaces what is there; one to its own name leaves it where it is.
  @Test func renames() throws {
    try Self.machine().run {
      try File("/d/a", .append).write(all: [1])
      try File("/d/b", .append).write(all: [2, 2])
      try FileSystem.rename(from: "/d/a", to: "/d/a")
      #expect(try File.readWhole("/d/a") == [1])
      try FileSystem.rename(from: "/d/a", to: "/d/b")
      #expect(try File.readWhole("/d/b") == [1] && !FileSystem.exists("/d/a"))
    }
  }

  /// As many octets as it holds, and not one more; a refused write changes nothing, and one over what is there is free.
  @Test func aFullDiskTakesNothingMore() throws {
    try Self.machine(capacityBytes: 100).run {
      let file = try File("/d/a", .readWrite)
      try file.write(all: [UInt8](repeating: 1, count: 100))
      #expect(Self.fails(ErrorNumber.noSpace) { try file.write(all: [2]) })
      #expect(Self.fails(ErrorNumber.noSpace) { try file.write(all: [2, 2], at: 99) })
      try file.write(all: [3], at: 99)
      #expect(try file.readWhole() == [UInt8](repeating: 1, count: 99) + [3])
      try file.truncate(to: 40)
      try file.write(all: [UInt8](repeating: 4, count: 60), at: 40)
      #expect(try file.size() == 100)
      #expect(Self.fails(ErrorNumber.noSpace) { try file.write(all: [5], at: 100) })
    }
  }

  @Test func whatLiesBetweenWritesIsZero() throws {
    try Self.machine().run {
      let file = try File("/d/a", .readWrite)
      try file.write(all: [7], at: 4)
      try file.write(all: [8])
      #expect(try file.readWhole() == [8, 0, 0, 0, 7])
      try file.truncate(to: 1)
      try file.truncate(to: 3)
      #expect(try file.readWhole() == [8, 0, 0] && file.read(at: 9, byteCount: 4).isEmpty)
      let other = try File("/d/a", .append)
      try other.write(all: [9])
      #expect(try file.readWhole() == [8, 0, 0, 9])
    }
  }

  @Test func aLockIsOnesUntilItIsClosedAndGoesWithTheMachine() throws {
    let machine = try Self.machine()
    var random = SeededRandom(1)
    try machine.run {
      var first: File? = try File("/d/a", .append)
      let second = try File("/d/a", .append)
      #expect(try first?.lock() == true && second.lock() == false && first?.lock() == true)
      first = nil
      #expect(try second.lock())
      machine.disk.restart(after: .process, using: &random)
      #expect(try File("/d/a", .append).lock())
    }
  }

  /// The machine dies in the place of the call that was chosen; nothing that comes later counts, until it starts again.
  @Test(arguments: [0, 1, 2])
  func aKillIsAtItsCall(calls: Int) throws {
    let machine = try Self.machine()
    var random = SeededRandom(1)
    try machine.run {
      let file = try File("/d/a", .append)
      machine.disk.kill(afterCalls: calls)
      let written = (0..<4).count { _ in (try? file.write(all: [1])) != nil }
      #expect(written == calls && machine.disk.isKilled)
      #expect(Self.fails(SimulatedDisk.killed) { _ = try file.size() })
      machine.disk.restart(after: .process, using: &random)
      #expect(!machine.disk.isKilled)
      #expect(try File.readWhole("/d/a").count == calls)
    }
  }

  /// Of power that goes: what was synchronized is there, and of the rest some in part, never what nobody wrote.
  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func powerTakesOnlyWhatWasNotDurable(seed: UInt64) throws {
    let machine = try Self.machine()
    var random = SeededRandom(seed)
    try machine.run {
      let file = try File("/d/kept", .append)
      try file.write(all: [1, 1, 1])
      try file.synchronizeData()
      try FileSystem.synchronizeDirectory("/d")
      try FileSystem.synchronizeDirectory("/")
      try file.write(all: [2, 2])
      try File("/d/new", .append).write(all: [3])
      try FileSystem.rename(from: "/d/kept", to: "/d/moved")
      machine.disk.restart(after: .power, using: &random)
      let names = try FileSystem.list("/d").map(\.name)
      #expect([["kept"], ["kept", "new"], ["kept", "moved", "new"], ["moved", "new"]].contains(names), "\(names)")
      let path = names.contains("moved") ? "/d/moved" : "/d/kept"
      let bytes = try File.readWhole(path)
      #expect([[1, 1, 1], [1, 1, 1, 2], [1, 1, 1, 2, 2]].contains(bytes), "\(bytes)")
      if names.contains("new") { #expect(try [[], [3]].contains(File.readWhole("/d/new"))) }
    }
  }

  /// A disk that lies loses what it said was durable, at least once in some tries; an honest one never.
  @Test func aDiskThatLiesIsFoundOut() throws {
    func lost(isLying: Bool) throws -> Int {
      try (0..<40 as Range<UInt64>).count { seed in
        let machine = try Self.machine()
        var random = SeededRandom(seed)
        return try machine.run {
          try FileSystem.synchronizeDirectory("/")
          machine.disk.setLying(isLying)
          let file = try File("/d/a", .append)
          try file.write(all: [1])
          try file.synchronizeData()
          try FileSystem.synchronizeDirectory("/d")
          machine.disk.restart(after: .power, using: &random)
          return try !FileSystem.exists("/d/a") || File.readWhole("/d/a") != [1]
        }
      }
    }
    #expect(try lost(isLying: false) == 0)
    #expect(try lost(isLying: true) > 0)
  }

  @Test func bitsAreFlippedInFilesWithContentOnly() throws {
    let machine = try Self.machine()
    var random = SeededRandom(3)
    try machine.run {
      #expect(machine.disk.damage(.bits(1), under: "/d", using: &random) == nil)
      _ = try File("/d/empty", .append)
      #expect(machine.disk.damage(.bits(1), under: "/d", using: &random) == nil)
      try FileSystem.createDirectories("/d/e")
      try File("/d/e/a", .append).write(all: [UInt8](repeating: 0, count: 9))
      #expect(machine.disk.damage(.bits(1), under: "/d", using: &random) == "/d/e/a")
      #expect(try File.readWhole("/d/e/a").reduce(0) { $0 + $1.nonzeroBitCount } == 1)
      let files = machine.disk.files(under: "/d")
      #expect(files.map(\.path) == ["/d/e/a"] && files[0].byteCount == 9)
      #expect(machine.disk.damage(.bits(1), under: "/none", using: &random) == nil)
    }
  }

  /// What was damaged stays so, whatever becomes of the power.
  @Test func filesAreCutAndTakenAwayWithTheirFolders() throws {
    for kind in [SimulatedDisk.Damage.cut, .fileRemoved, .folderRemoved] {
      let machine = try Self.machine()
      var random = SeededRandom(3)
      try machine.run {
        try FileSystem.createDirectories("/d/e/f")
        #expect(machine.disk.damage(kind, under: "/d", using: &random) == nil)
        let file = try File("/d/e/f/a", .append)
        try file.write(all: [UInt8](repeating: 1, count: 9))
        try file.synchronizeData()
        try FileSystem.synchronizeDirectory("/d/e/f")
        let isFolder = if case .folderRemoved = kind { true } else { false }
        #expect(machine.disk.damage(kind, under: "/d", using: &random) == (isFolder ? "/d/e/f" : "/d/e/f/a"))
        machine.disk.restart(after: .power, using: &random)
        let left = FileSystem.exists("/d/e/f/a") ? try File.readWhole("/d/e/f/a").count : nil
        if case .cut = kind { #expect((left ?? 9) < 9) } else { #expect(left == nil) }
      }
    }
  }

  @Test func eachCallIsCountedAndTakesItsTime() throws {
    let machine = try Self.machine()
    try machine.run {
      let file = try File("/d/a", .append)
      let (before, began) = (machine.disk.callCount, machine.realtimeNanos)
      machine.disk.setSlowness(nanos: 500)
      try file.write(all: [1])
      _ = try file.size()
      #expect(machine.disk.callCount == before + 2 && machine.realtimeNanos == began + 1_000)
      machine.disk.setSlowness(nanos: 0)
      try file.write(all: [1])
      #expect(try machine.realtimeNanos == began + 1_000 && file.status().modifiedNanos == began + 1_000)
    }
  }

  /// Calls of a thread that is on no machine go to the real disk, whoever else is on one; so does what was opened there.
  @Test func callsGoToTheDiskOfTheirThread() throws {
    let directory = try TemporaryDirectory()
    let real = try File(directory.file("a"), .append)
    let machine = try Self.machine()
    try machine.run {
      #expect(Disk.simulated === machine.disk && Network.simulated === machine.network)
      #expect(!FileSystem.exists(directory.path))
      try File("/d/a", .append).write(all: [1])
    }
    #expect(Disk.simulated == nil && Network.simulated == nil && !FileSystem.exists("/d/a"))
    try real.write(all: [2, 3])
    #expect(try File.readWhole(directory.file("a")) == [2, 3])
    // Closed on a thread that left the machine: no descriptor of the real one is closed for it.
    Disk.close(SimulatedDisk.firstDescriptor)
    Network.close(SimulatedNetwork.firstDescriptor)
    #expect(try real.size() == 2)
  }

  /// Names and octets against a dictionary, for many calls of a seed.
  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func agreesWithADictionary(seed: UInt64) throws {
    var random = SeededRandom(seed)
    try Self.machine().run {
      var plain: [String: [UInt8]] = [:]
      for step in 0..<400 {
        let name = "/d/f\(Int.random(in: 0..<5, using: &random))"
        let other = "/d/f\(Int.random(in: 0..<5, using: &random))"
        switch Int.random(in: 0..<5, using: &random) {
        case 0, 1:
          let bytes = random.octets(Int.random(in: 0..<20, using: &random))
          try File(name, .append).write(all: bytes)
          plain[name, default: []] += bytes
        case 2:
          let isThere = plain[name] != nil
          #expect(Self.fails(ErrorNumber.notFound) { try FileSystem.unlink(name) } != isThere)
          plain[name] = nil
        case 3:
          let isThere = plain[name] != nil
          #expect(Self.fails(ErrorNumber.notFound) { try FileSystem.rename(from: name, to: other) } != isThere)
          if let bytes = plain[name], name != other { (plain[name], plain[other]) = (nil, bytes) }
        default:
          if let bytes = plain[name] {
            let size = Int.random(in: 0..<30, using: &random)
            try File(name, .readWrite).truncate(to: size)
            plain[name] = Array(bytes.prefix(size)) + [UInt8](repeating: 0, count: max(0, size - bytes.count))
          }
        }
        #expect(try FileSystem.list("/d").map { "/d/" + $0.name } == plain.keys.sorted(), "step \(step)")
      }
      for (name, bytes) in plain { #expect(try File.readWhole(name) == bytes) }
    }
  }
}

/// Results of calls, with and without faults in their place.
@Suite struct KernelTests {
  @Test func failuresAreThrownWithTheirCall() throws {
    #expect(try Kernel.require(.open) { Int32(7) } == 7 && Kernel.require(.open) { Int64(0) } == 0)
    #expect(throws: SystemError(code: 28, call: .fsync)) { try Kernel.require(.fsync) { Int32(-28) } }
    #expect(throws: SystemError(code: 5, call: .write)) { try Kernel.write(path: "", byteCount: 9) { _ in -5 } }
    #expect(try Kernel.write(path: "", byteCount: 9) { Int64($0) } == 9)
  }

  /// A fault stands in the place of its call, which is not made; others are.
  @Test func aFaultTakesThePlaceOfItsCall() {
    var calls = 0
    FaultInjection.with([.init(.fsync, .error(28)), .init(.write, .shortWrite(byteCount: 3), path: "/here")]) {
      let refused = Kernel.call(.fsync) {
        calls += 1
        return Int32(0)
      }
      let made = Kernel.call(.open) {
        calls += 1
        return Int64(4)
      }
      #expect(refused == -28 && made == 4 && calls == 1)
      #expect((try? Kernel.write(path: "/here/a", byteCount: 9) { Int64($0) }) == 3)
      #expect((try? Kernel.write(path: "/here/a", byteCount: 2) { Int64($0) }) == 2)
      #expect((try? Kernel.write(path: "/there", byteCount: 9) { Int64($0) }) == 9)
    }
  }
}
