import Primitives
import Registry
import Telemetry
import Testing
@testable import Protocols

/// Names that may and may not tell one device from others.
@Suite struct SenderTests {
  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func namesOfManyNameNobody() {
    for name in ["localhost", "LocalHost.localdomain", "localhost.qn", "(none)", "-", "..", "ip6-localhost"] {
      #expect(!NameCheck.namesOne(name), "\(name)")
    }
    for name in ["gate", "localhost-2", "Trạm", "12"] { #expect(NameCheck.namesOne(name), "\(name)") }
  }

  @Test func whatIsNoTextIsNoName() {
    #expect(NameCheck.name(bytes("Nho\u{31B}n").span.bytes) == "Nhơn")
    #expect(NameCheck.name([0x63, 0xE9].span.bytes) == nil)
    #expect(NameCheck.name([0x63, 0x01].span.bytes) == nil)
    #expect(NameCheck.name([0x63, 0xC2, 0x85].span.bytes) == nil)
    #expect(NameCheck.name([UInt8](repeating: 0x61, count: Limits.nameBytes + 1).span.bytes) == nil)
  }

  private func isThere(_ sender: SenderMemo.Sender?) -> Bool { sender != nil }

  @Test func memoIsEmptiedWhenTheRegistryChanges() {
    var memo = SenderMemo()
    #expect(!isThere(memo.find(42)))
    memo.insert(42, .device(7))
    guard case .device(7)? = memo.find(42) else {
      Issue.record("it was entered")
      return
    }
    #expect(!isThere(memo.find(42 + 4_096)))
    memo.removeAll()
    #expect(!isThere(memo.find(42)))
  }
}
