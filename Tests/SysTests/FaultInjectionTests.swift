import Sys
import Testing

@Suite struct FaultInjectionTests {
  @Test func readsRules() {
    #expect(FaultInjection.parse("") == [])
    #expect(
      FaultInjection.parse("fdatasync:ENOSPC:after=10:times=5;write:short=100:path=/journal/;recvmmsg:EIO") == [
        .init(.fdatasync, .error(28), after: 10, times: 5),
        .init(.write, .shortWrite(byteCount: 100), path: "/journal/"), .init(.receive, .error(5)),
      ])
    for text in [
      "x", "write", "write:", "write:ENOTHING", "write:EIO:after", "write:EIO:after=-1", "write:EIO:x=1",
      "write:short=x", "nosuchcall:EIO", "write:EIO:times=1:",
    ] {
      #expect(FaultInjection.parse(text) == nil, "\(text)")
    }
  }

  @Test func failsAfterAndForSoManyTimes() throws {
    let directory = try TemporaryDirectory()
    let file = try File(directory.file("a"), .append)
    var outcomes: [Bool] = []
    FaultInjection.with([.init(.write, .error(ErrorNumber.inputOutput), after: 2, times: 3)]) {
      for _ in 0..<7 { outcomes.append((try? file.write(all: [1])) != nil) }
    }
    #expect(outcomes == [true, true, false, false, false, true, true])
    #expect(try file.size() == 4)
  }

  @Test func touchesOnlyThePathNamed() throws {
    let directory = try TemporaryDirectory()
    let a = try File(directory.file("a-file"), .append)
    let b = try File(directory.file("b-file"), .append)
    FaultInjection.with([.init(.write, .error(ErrorNumber.noSpace), path: "a-file")]) {
      let failure = #expect(throws: SystemError.self) { try a.write(all: [1]) }
      #expect(failure?.isOutOfSpace == true)
      #expect(failure?.description == "No space left on device")
      #expect(throws: Never.self) { try b.write(all: [1]) }
    }
    #expect(throws: Never.self) { try a.write(all: [1]) }
  }

  @Test func everyThreadOrThisOne() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("of-all-threads")
    let file = try File(path, .append)
    let group = FaultInjection.add([.init(.write, .error(ErrorNumber.inputOutput), after: 1, path: path)])
    let thread = try SystemThread.start(name: "writer") {
      #expect(throws: Never.self) { try file.write(all: [1]) }
      #expect(throws: SystemError.self) { try file.write(all: [1]) }
    }
    thread.join()
    #expect(FaultInjection.hits(group) == 2)
    FaultInjection.remove(group)
    try FaultInjection.with([.init(.write, .error(ErrorNumber.inputOutput), path: path)]) {
      let other = try SystemThread.start(name: "other") {
        #expect(throws: Never.self) { try file.write(all: [1]) }
      }
      other.join()
    }
    #expect(try file.size() == 2)
  }

  @Test func shortWritesAreContinued() throws {
    let directory = try TemporaryDirectory()
    let file = try File(directory.file("a"), .append)
    let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }
    try FaultInjection.with([.init(.write, .shortWrite(byteCount: 7))]) { try file.write(all: bytes) }
    #expect(try file.readWhole() == bytes)
    FaultInjection.with([.init(.write, .shortWrite(byteCount: 0))]) {
      #expect(throws: SystemError(code: ErrorNumber.noSpace, call: .write)) { try file.write(all: [1]) }
    }
  }

  @Test func errorNumbersAreTheSystems() {
    let known: [(String, Int32)] = [
      ("ENOENT", ErrorNumber.notFound), ("EINTR", ErrorNumber.interrupted), ("EIO", ErrorNumber.inputOutput),
      ("EAGAIN", ErrorNumber.wouldBlock), ("ENOMEM", ErrorNumber.outOfMemory), ("EACCES", ErrorNumber.notPermitted),
      ("EEXIST", ErrorNumber.exists), ("ENOTDIR", ErrorNumber.notADirectory), ("EISDIR", ErrorNumber.isADirectory),
      ("EINVAL", ErrorNumber.invalid), ("EFBIG", ErrorNumber.fileTooBig), ("ENOSPC", ErrorNumber.noSpace),
      ("ENOTEMPTY", ErrorNumber.notEmpty), ("EMSGSIZE", ErrorNumber.messageTooLong),
      ("EAFNOSUPPORT", ErrorNumber.familyNotSupported), ("EADDRINUSE", ErrorNumber.addressInUse),
      ("EADDRNOTAVAIL", ErrorNumber.addressNotAvailable), ("ENOBUFS", ErrorNumber.noBufferSpace),
      ("ECONNREFUSED", ErrorNumber.connectionRefused), ("EDQUOT", ErrorNumber.quotaExceeded),
    ]
    for (name, number) in known { #expect(ErrorNumber.named(name) == number, "\(name)") }
    #expect(ErrorNumber.named("ENOTHING") == nil)
  }
}
