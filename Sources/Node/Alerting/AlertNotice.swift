import Pipeline
import Primitives
import Text

/// What an alert's event says beside its text.
struct AlertAttributes: Hashable, Sendable {
  var rule: String
  /// `firing` or `resolved`.
  var state: String
  var since: String
  var value: Double?
  var threshold: Double?
  var measurement: String?
  var field: String?
  var aggregate: String?
  var over: String?
  /// What is told of, where it is no device.
  var area: String?
  var deviceClass: String?
  /// Why it is resolved, where not by its value.
  var cause: String?
  /// The alarm's id.
  var alarm: String?
  /// Devices whose silence belongs to it.
  var children: [String] = []
}

/// One thing to be told, as an event and to the receivers. It is the same however often it is told.
struct AlertNotice: Hashable, Sendable {
  /// The same over every attempt to deliver it.
  var id: String
  var time: UnixNanos
  var node: String
  var device: String
  var severity: String
  var message: String
  var attributes: AlertAttributes
  /// What follows on each other: the rule and what it tells of.
  var order: String
  var subject = NoticeSubject()

  var kind: String { "alert.\(attributes.rule)" }

  /// As an event of the tables.
  var event: InternalEvent {
    InternalEvent(
      time: time, device: device, severity: severity, kind: kind, message: message,
      attributes: attributes.json.serialized)
  }
}

/// What a notice is of, in words; empty where it is not known.
struct NoticeSubject: Hashable, Sendable {
  /// Of the device or the area.
  var name = ""
  var areaCode = ""
  var areaName = ""
  var deviceClass = ""
  /// What an event's rule tells apart beside the device.
  var key: [String] = []
}
