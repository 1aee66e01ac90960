import HTTPTypes
import Alerts
import Lagoon
import Primitives
import Text

/// The JSON object that a request about alarms brings.
struct AlarmRequest {
  private let members: [JSONMember]

  /// - Parameters:
  ///   - body: an object; nothing at all stands for one without members.
  ///   - allowed: the members that it may have.
  init(_ body: [UInt8], allowed: Set<String>) throws(APIProblem) {
    if body.allSatisfy({ $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }) {
      members = []
      return
    }
    let value: JSONValue
    do throws(JSONReader.Flaw) { value = try JSONReader.read(body) } catch { throw Self.bad("it is no JSON: \(error)") }
    guard case .object(let found) = value else { throw Self.bad("it is no object") }
    var names: Set<String> = []
    for member in found {
      if !allowed.contains(member.name) { throw Self.bad("there is no member \(member.name) here") }
      if !names.insert(member.name).inserted { throw Self.bad("member \(member.name) stands there twice") }
    }
    members = found
  }

  static func bad(_ cause: String) -> APIProblem {
    APIProblem(
      .badRequest, kind: "bad-body", title: "The request's body cannot be used",
      detail: "cannot use the request's body: \(cause)")
  }

  /// nil if it is not there, or null.
  func text(_ name: String) throws(APIProblem) -> String? {
    guard let value = members.first(where: { $0.name == name })?.value, value != .null else { return nil }
    guard let text = value.text else { throw Self.bad("member \(name) is no text") }
    if text.utf8.count > Limits.alarmNoteBytes {
      throw Self.bad("member \(name) has more than \(Limits.alarmNoteBytes) octets")
    }
    return text
  }

  var note: String { get throws(APIProblem) { try text("note") ?? "" } }

  func time(_ name: String) throws(APIProblem) -> UnixNanos {
    guard let text = try text(name) else { throw Self.bad("member \(name) is missing") }
    guard let time = RFC3339.parse(text) else {
      throw Self.bad("member \(name) is no RFC 3339 time such as 2026-11-20T07:00:00+07:00")
    }
    return time
  }
}

extension APIProblem {
  init(_ fault: AlarmFault, _ id: String) {
    switch fault {
    case .unknown: self = .notFound("cannot find \(id): there is no such alarm or maintenance")
    case .closed:
      self.init(
        .conflict, kind: "closed", title: "The alarm is over", detail: "cannot change alarm \(id): it is closed")
    case .senseless(let cause): self = AlarmRequest.bad(cause)
    case .tooMany(let cause):
      self.init(.conflict, kind: "too-many", title: "There are too many", detail: "cannot add one more: \(cause)")
    case .unready(let cause):
      self.init(
        .serviceUnavailable, kind: "unready", title: "Alarms cannot be changed yet",
        detail: "cannot do it now: \(cause)")
      retryAfterSeconds = 5
    case .unkept(let cause):
      self.init(
        .serviceUnavailable, kind: "unkept", title: "It could not be kept",
        detail: "it is done, and will be gone after a restart unless it can be kept: \(cause)")
      retryAfterSeconds = 5
    }
  }
}
