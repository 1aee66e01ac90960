import Foundation
import Primitives
import Sys
import Synchronization
import Testing

@testable import Node

/// Alerts on their way to a receiver, which is a socket of the operating system here.
@Suite struct HTTPTransportTests {
  /// Takes one connection after the other, keeps what came, and says the same to all; nothing if that is nil.
  private final class Receiver: Sendable {
    let port: UInt16
    private let listener: Int32
    private let requests = Mutex<[String]>([])
    private let thread: Mutex<SystemThreadHandle?> = Mutex(nil)

    init(_ answer: String?) throws {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      listener = descriptor
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0 && getsockname(descriptor, $0, &length) == 0
        }
      }
      try #require(isBound)
      port = UInt16(bigEndian: address.sin_port)
      let handle = try SystemThread.start(name: "receiver") { [self] in run(answer) }
      thread.withLock { $0 = handle }
    }

    private func run(_ answer: String?) {
      var open: [Int32] = []
      while true {
        let connection = accept(listener, nil, nil)
        if connection < 0 { break }
        open.append(connection)
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 65_536)
        // Until the body's last octet, which every test ends in a full stop.
        while !text.hasSuffix(".") {
          let count = recv(connection, &buffer, buffer.count, 0)
          if count <= 0 { break }
          text += String(decoding: buffer[..<count], as: UTF8.self)
        }
        requests.withLock { $0.append(text) }
        guard let answer else { continue }
        _ = answer.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
        shutdown(connection, Int32(SHUT_WR))
      }
      for connection in open { close(connection) }
    }

    /// What came.
    func stop() -> [String] {
      shutdown(listener, Int32(SHUT_RDWR))
      thread.withLock { $0 }?.join()
      close(listener)
      return requests.withLock { $0 }
    }
  }

  private func post(
    _ url: String, body: String = "x.", isStopping: @escaping @Sendable () -> Bool = { false }
  ) -> String? {
    let transport = HTTPTransport()
    defer { transport.close() }
    return transport.post(
      WebhookPost(url: url, headers: [("X-Thinai-Id", "a-1")], body: Array(body.utf8)), isStopping: isStopping)
  }

  @Test(
    arguments: [
      ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", nil), ("HTTP/1.1 204 No Content\r\n\r\n", nil),
      ("HTTP/1.1 299 Odd\r\nContent-Length: 0\r\n\r\n", nil),
      ("HTTP/1.1 300 Choices\r\nContent-Length: 0\r\n\r\n", "it answered 300"),
      ("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "it answered 503"),
      // Whoever names another place gets nothing sent there.
      ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n", "it answered 302"),
      // A body that never ends is not waited for.
      ("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\nx", nil),
    ] as [(String, String?)])
  func anAnswerIsItsStatus(answer: String, fault: String?) throws {
    let receiver = try Receiver(answer)
    #expect(post("http://127.0.0.1:\(receiver.port)/in?a=b", body: "{\"m\":\"Mưa\"}.") == fault)
    let came = receiver.stop()
    #expect(came.count == 1 && came[0].hasPrefix("POST /in?a=b HTTP/1.1\r\n") && came[0].hasSuffix("{\"m\":\"Mưa\"}."))
    #expect(came[0].contains("\r\nX-Thinai-Id: a-1\r\n"))
  }

  @Test(arguments: ["", "no HTTP\r\n\r\n"])
  func whoSaysNothingOfUseIsAFault(answer: String) throws {
    let receiver = try Receiver(answer)
    #expect(post("http://127.0.0.1:\(receiver.port)/") != nil)
    _ = receiver.stop()
  }

  @Test func whoIsNotThereIsAFault() throws {
    let receiver = try Receiver(nil)
    _ = receiver.stop()
    #expect(post("http://127.0.0.1:\(receiver.port)/") != nil)
    #expect(post("http://[::1/") == "http://[::1/ is no URL" && post("") == " is no URL")
  }

  /// A node that stops does not wait for a receiver that says nothing.
  @Test func aStopEndsTheWait() throws {
    let receiver = try Receiver(nil)
    let asked = Mutex(0)
    let fault = post("http://127.0.0.1:\(receiver.port)/") {
      asked.withLock { count in
        count += 1
        return count > 2
      }
    }
    #expect(fault == "it did not answer" && asked.withLock { $0 } == 3)
    _ = receiver.stop()
  }
}
