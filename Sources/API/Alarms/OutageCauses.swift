import Alerts
import Primitives

/// Why devices were out, as alarms tell: what took their silence over, or what happened at the device itself.
struct OutageCauses {
  private struct Cause {
    var opened: UnixNanos
    var closed: UnixNanos
    var text: String
  }

  /// By device, in the order in which they opened.
  private var causes: [String: [Cause]] = [:]

  /// - Parameter alarms: as who asks may see them.
  init(_ alarms: some Sequence<Alarm>) {
    for alarm in alarms {
      let cause = Cause(opened: alarm.opened, closed: alarm.closed ?? .max, text: alarm.message)
      for child in alarm.children where child != alarm.key.device { causes[child, default: []].append(cause) }
      // That a device is silent is no cause of its silence, nor is a reading: an event is.
      if alarm.kind == .event, let device = alarm.key.device { causes[device, default: []].append(cause) }
    }
    for device in causes.keys { causes[device]?.sort { ($0.opened, $0.text) < ($1.opened, $1.text) } }
  }

  /// What lasted for the longest of the outage.
  ///
  /// - Parameter to: nil if it lasts.
  func cause(of device: String, from: UnixNanos, to: UnixNanos?) -> String? {
    var best: (text: String, nanos: Int128)?
    for cause in causes[device] ?? [] where cause.opened < to ?? .max && cause.closed > from {
      let nanos = Int128(min(cause.closed, to ?? .max)) - Int128(max(cause.opened, from))
      if nanos > best?.nanos ?? 0 { best = (cause.text, nanos) }
    }
    return best?.text
  }
}
