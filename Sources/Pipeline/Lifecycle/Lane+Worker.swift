public import Intake
import Sys

extension Lane: Worker {
  public var name: String { "lane-\(settings.number)" }

  public func stop() {
    control.stop()
    exchange.laneWakeUp.signal()
  }
}

extension InternalLane: Worker {
  public var name: String { "lane-internal" }

  public func stop() {
    control.stop()
    exchange.laneWakeUp.signal()
  }
}

extension WriteLane: Worker {
  public var name: String { "lane-http" }

  public func stop() {
    control.stop()
    exchange.laneWakeUp.signal()
  }
}
