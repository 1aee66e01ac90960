import Sys
import Testing

@testable import ObjectStore

@Suite struct StoreProbeTests {
  private func probe(_ transport: any ObjectTransport) -> ObjectFault? {
    fault { try StoreProbe(try testClient(transport) { $0.attempts = 2 }).run() }
  }

  @Test func aGoodStore() {
    let store = MemoryStore()
    #expect(probe(store) == nil)
    #expect(store.objects.isEmpty)
  }

  @Test(arguments: [MemoryStore.Manner.passesOver, .unable, .refusesAll, .stripped, .lies])
  func oneThatDoesNotHonourTheCondition(manner: MemoryStore.Manner) {
    let store = MemoryStore(manner)
    let found = probe(store)
    #expect(found?.kind == .conditionNotHonoured)
    let start = "cannot use store s3://lake/base at http://127.0.0.1:9000: it does not honour If-None-Match: "
    #expect(found?.description.hasPrefix(start) == true)
    #expect(store.objects.isEmpty)
  }

  @Test func oneThatMayNotBeWrittenTo() {
    let found = probe(MemoryStore(.readOnly))
    #expect(found?.kind == .notPermitted)
    #expect(
      found?.cause == "the credentials may not do what is needed: it answered 403 AccessDenied")
  }

  @Test func oneThatCannotBeReached() {
    let found = probe(TestTransport(Array(repeating: .unreachable, count: 4)))
    #expect(found?.kind == .unreachable)
    #expect(found?.cause == "it cannot be reached: Connection refused (2 attempts)")
    let lost = probe(TestTransport(Array(repeating: .lost, count: 40)))
    #expect(lost?.kind == .unreachable)
    let nameless = probe(TestTransport([.refused(404, "NoSuchBucket"), .answer(204, [], "")]))
    #expect(nameless?.kind == .noBucket)
  }

  /// Answers are lost: the first write's, and then the second's.
  @Test func lostAnswers() {
    // Writes and reads of a probe without loss: put, put, get, list, delete.
    for lost in [0, 1, 2, 3] {
      let store = MemoryStore()
      #expect(probe(LossyTransport(store: store, lost: [lost])) == nil)
      #expect(store.objects.isEmpty)
    }
    // Not even that hides one that does not honour it.
    for lost in [0, 1, 2] {
      #expect(probe(LossyTransport(store: MemoryStore(.passesOver), lost: [lost]))?.kind == .conditionNotHonoured)
    }
  }

  @Test func manyAtOnce() throws {
    let store = MemoryStore()
    let threads = try (0..<8).map { _ in
      try SystemThread.start(name: "probe") {
        let found = fault {
          let client = try testClient(store, isRandom: true)
          for _ in 0..<20 { try StoreProbe(client).run() }
        }
        #expect(found == nil)
      }
    }
    for thread in threads { thread.join() }
    #expect(store.objects.isEmpty)
  }
}

/// Carries out everything, and loses some answers.
final class LossyTransport: ObjectTransport {
  private let store: MemoryStore
  private let lost: Set<Int>

  init(store: MemoryStore, lost: Set<Int>) {
    self.store = store
    self.lost = lost
  }

  func exchange(_ request: TransportRequest, into sink: any BodySink) throws(TransportFault) {
    let number = store.asked
    try store.exchange(request, into: sink)
    if lost.contains(number) { throw TransportFault(.unreachable, wasSent: true, "the connection was closed") }
  }
}
