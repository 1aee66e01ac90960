import Intake
import Primitives
import Protocols
import Sys

extension Engine {
  /// What the node watches.
  public var alertFacts: AlertFacts { alertWatch.facts }

  /// What receivers were told.
  public var webhookFacts: [WebhookFacts] { webhooks.facts }

  /// What is wrong with rules and receivers.
  var alertWarnings: [String] { alertWatch.faults + webhooks.faults }

  /// The internal lane, whether or not there are rules: a seal waits for every lane.
  func startAlerts(_ threads: inout Threads) throws {
    let lane = events.lane
    threads.internalLane = try SystemThread.start(name: "lane-internal") { lane.run() }
    try webhooks.start()
    guard alertWatch.isNeeded else {
      webhooks.release()
      return
    }
    let watch = alertWatch
    let sources = AlertWatch.Sources(
      view: { [weak self] in self?.view() }, registry: { [weak self] in self?.currentRegistry })
    threads.alertWatch = try SystemThread.start(name: "alerts") { watch.run(sources) }
  }

  /// Before the lanes end: what is being told is told.
  func stopAlerts(_ running: Threads) {
    alertWatch.stop()
    running.alertWatch?.join()
    webhooks.stop()
  }
}
