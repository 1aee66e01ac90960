import Capture
import Primitives
import Protocols
import Sys
import Testing

@testable import Intake

/// What a lane listens with.
@Suite struct LaneSocketTests {
  private func open(_ text: String) throws -> UDPSocket {
    try UDPSocket.open(UDPSocketOptions(address: try #require(SocketAddress(text))))
  }

  /// The port that the kernel chose, and not the 0 that was asked for.
  @Test func whatComesWasSentToTheSocketsPort() throws {
    for text in ["127.0.0.1:0", "[::1]:0"] {
      let first = LaneSocket(try open(text), listener: 3)
      let second = LaneSocket(try open(text), listener: 4)
      #expect(first.destination.port == first.socket.localPort && first.destination.port != 0)
      #expect(first.destination != second.destination && first.listener == 3 && second.listener == 4)
      // Where to is not known yet.
      #expect(first.destination.high == 0 && first.destination.low == 0)
    }
  }

  /// Whoever may not capture is told so too, and so is one whose interface is not there.
  @Test func anInterfaceThatCannotBeCapturedIsNamed() throws {
    for interface in ["thinai-none0", "", String(repeating: "x", count: 300)] {
      let error = #expect(throws: CaptureError.self) {
        _ = try LaneCapture(CaptureSource(interface: interface), listener: 0)
      }
      #expect(error.map { "\($0)".contains("cannot") } ?? false, "\(String(describing: error))")
    }
  }

  /// The kernel's count is since the start; what is told is since it was asked last, and never less than nothing.
  @Test func dropsAreToldOnce() {
    var drops = DropsSince()
    #expect([0, 5, 5, 12].map { drops.take($0) } == [0, 5, 0, 7])
    // A count that began anew is waited for.
    #expect([3, 12, 13, .max, .max].map { drops.take($0) } == [0, 0, 1, UInt64.max - 13, 0])
  }
}
