import Alerts
import Primitives
import Synchronization
import Sys
import Testing
import Text

@testable import Node

/// Who is told: each by itself, and others as the node runs.
@Suite struct ReceiversTests {
  private final class Transport: WebhookTransport {
    let posts = Mutex<[WebhookPost]>([])
    let faults = Mutex<[String: String]>([:])

    func post(_ post: WebhookPost, isStopping: @escaping @Sendable () -> Bool) -> String? {
      posts.withLock { $0.append(post) }
      return faults.withLock { $0[post.url] }
    }

    func close() {}

    func bodies(of url: String) -> [JSONValue] {
      posts.withLock { $0.filter { $0.url == url }.compactMap { try? JSONReader.read($0.body) } }
    }
  }

  private static func webhook(_ name: String, group: Int64? = nil) -> WebhookSettings {
    var settings = WebhookSettings(name: name, url: "http://\(name).test/", secret: [1])
    settings.choice.groupNanos = group
    return settings
  }

  private static func settings(_ webhooks: WebhookSettings...) -> AlertSettings {
    var settings = AlertSettings()
    settings.webhooks = webhooks
    return settings
  }

  private static func notice(_ id: String, device: String = "d") -> AlertNotice {
    AlertNotice(
      id: id, time: Clock.realtimeNanos(), node: "n", device: device, severity: "error", message: "m \(id)",
      attributes: AlertAttributes(rule: "r", state: "firing", since: "2026-11-20T07:00:00.000Z"), order: device)
  }

  private func deliver(_ receivers: Receivers) { for sender in receivers.senders { while sender.turn() == 0 {} } }

  @Test func othersAreToldWhileOneIsNot() throws {
    try SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond).run {
      let transport = Transport()
      transport.faults.withLock { $0 = ["http://a.test/": "it answered 500"] }
      let receivers = try Receivers(
        Self.settings(Self.webhook("a"), Self.webhook("b")), node: "n", data: "/data", transport: transport)
      try receivers.add([Self.notice("1")])
      deliver(receivers)
      #expect(transport.bodies(of: "http://b.test/").isEmpty)
      receivers.release()
      deliver(receivers)
      #expect(transport.bodies(of: "http://b.test/").map { $0["id"] } == ["1"])
      #expect(receivers.facts.map(\.pending) == [1, 0] && receivers.facts.map(\.kind) == ["webhook", "webhook"])
      #expect(receivers.faults == ["cannot deliver an alert to webhook a: it answered 500"])
    }
  }

  @Test func aGroupIsOneMessage() throws {
    let machine = SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond)
    try machine.run {
      let transport = Transport()
      let receivers = try Receivers(
        Self.settings(Self.webhook("a", group: 30 * Nanos.perSecond)), node: "n", data: "/data", transport: transport)
      try receivers.add([Self.notice("1", device: "x"), Self.notice("2", device: "y")])
      receivers.release()
      deliver(receivers)
      #expect(transport.bodies(of: "http://a.test/").isEmpty)
      machine.advance(nanos: 20 * Nanos.perSecond)
      try receivers.add([Self.notice("3")])
      receivers.release()
      machine.advance(nanos: 10 * Nanos.perSecond)
      deliver(receivers)
      let body = try #require(transport.bodies(of: "http://a.test/").first)
      #expect(body["count"] == 3 && body["alerts"]?.elements.compactMap { $0["id"]?.text } == ["1", "2", "3"])
      #expect(body["id"]?.text == ReceiverOutbox.groupID(["1", "2", "3"]) && body["severity"] == "error")
      let headers = transport.posts.withLock { $0.first?.headers ?? [] }
      #expect(headers.contains { $0.name == "X-ThiNai-Delivery" && $0.value == body["id"]?.text })
      #expect(receivers.facts.map(\.delivered) == [3])
    }
  }

  @Test func aBodyOfTheirOwnIsSent() throws {
    try SimulatedMachine(startNanos: 0).run {
      let transport = Transport()
      var settings = Self.webhook("a")
      settings.body = try NoticeTemplate(#"{"text":"{message} {device}"}"#, form: nil)
      settings.headers = [WebhookSettings.Header(name: "X-A", value: "b")]
      settings.secret = []
      let receivers = try Receivers(Self.settings(settings), node: "n", data: "/data", transport: transport)
      try receivers.add([Self.notice("1", device: "d\"")])
      receivers.release()
      deliver(receivers)
      #expect(transport.bodies(of: "http://a.test/") == [.members(("text", "m 1 d\""))])
      let names = transport.posts.withLock { $0.first?.headers.map(\.name) ?? [] }
      #expect(names.contains("X-A") && !names.contains("X-ThiNai-Signature"))
      #expect(WebhookChannel(settings, transport: transport).gathering.windowNanos == nil)
    }
  }

  @Test func othersComeAndGo() throws {
    try SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond).run {
      let transport = Transport()
      transport.faults.withLock { $0 = ["http://a.test/": "no", "http://b.test/": "no"] }
      let receivers = try Receivers(
        Self.settings(Self.webhook("a"), Self.webhook("b")), node: "n", data: "/data", transport: transport)
      try receivers.add([Self.notice("1")])
      receivers.release()
      deliver(receivers)
      let kept: ReceiverSender = receivers.senders[0]
      var changed = Self.webhook("a")
      changed.url = "http://new.test/"
      try receivers.reload(Self.settings(changed, Self.webhook("c")))
      #expect(receivers.senders.map(\.receiver) == ["a", "c"] && receivers.senders[0] === kept)
      // What waited for the one that stays goes to where it is now, at once.
      deliver(receivers)
      #expect(transport.bodies(of: "http://new.test/").map { $0["id"] } == ["1"])
      #expect(transport.bodies(of: "http://c.test/").isEmpty)
      #expect(
        receivers.faults == [
          "the outbox /data/outbox/b belongs to no receiver of the configuration; it stays where it is"
        ])
      // One that comes back goes on where it was.
      transport.faults.withLock { $0 = [:] }
      try receivers.reload(Self.settings(Self.webhook("b")))
      deliver(receivers)
      #expect(transport.bodies(of: "http://b.test/").map { $0["id"] } == ["1", "1"] && receivers.faults.isEmpty)
    }
  }

  @Test func eachHasItsThread() throws {
    // On the machine as it is: threads that come and go.
    let scratch = try ScratchDirectory()
    let transport = Transport()
    let receivers = try Receivers(Self.settings(Self.webhook("a")), node: "n", data: scratch.path, transport: transport)
    let keeper = try ReceiverKeeper(receivers)
    let thread = try SystemThread.start(name: keeper.name) { keeper.run() }
    try receivers.add([Self.notice("1")])
    receivers.release()
    while receivers.facts[0].delivered < 1 { _ = WakeUpPause.short() }
    try receivers.reload(Self.settings(Self.webhook("b")))
    keeper.wake()
    try receivers.add([Self.notice("2")])
    receivers.release()
    while receivers.facts[0].delivered < 1 { _ = WakeUpPause.short() }
    #expect(transport.bodies(of: "http://b.test/").count == 1 && keeper.fault == nil)
    keeper.stop()
    thread.join()
  }

  /// Waits a little for what another thread does; the run's own limit ends it if it never comes.
  private enum WakeUpPause {
    static func short() -> Bool { (try? WakeUp())?.wait(timeoutNanos: 2 * Nanos.perMillisecond) ?? false }
  }

  @Test func whoIsToldOfWhat() {
    var choice = ReceiverChoice()
    #expect(choice.takes(rule: "r", severity: nil) && choice.takes(Self.notice("1")))
    choice.rules = ["s"]
    #expect(!choice.takes(rule: "r", severity: .error))
    choice.rules = nil
    choice.severity = .critical
    #expect(!choice.takes(Self.notice("1")) && choice.takes(rule: "r", severity: .alert))
    #expect(SendOutcome.failed("x").failure == "x" && NoticeSubject().members.isEmpty)
  }
}
