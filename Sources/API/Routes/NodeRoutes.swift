import Access
import HTTPTypes
import Telemetry
import Text

extension APIRoute {
  static let ledger = APIRoute("/v1/ledger", access: .whole(.read), weighs: { _ in .quick }) { call in
    let ledger = call.model.ledger()
    return APIAnswer { json in
      json.name("balanced")
      json.boolean(ledger.isBalanced)
      json.name("total")
      json.object { json in json.counts(ledger.total, ledger.reasons) }
      json.name("listeners")
      json.object { json in
        for listener in ledger.listeners {
          json.name(listener.name)
          json.object { json in
            json.name("protocol")
            json.string(listener.protocolName)
            json.counts(listener.counts, listener.reasons)
          }
        }
      }
    }
  }

  static let metrics = APIRoute("/metrics", access: .whole(.admin), weighs: { _ in .quick }) { call in
    let text = MetricsText(ledger: call.model.ledger(), metrics: call.model.metrics() + call.figures())
    return APIAnswer(bytes: text.bytes, contentType: "text/plain; version=0.0.4; charset=utf-8")
  }

  static let health = APIRoute("/healthz", access: .open, weighs: { _ in .quick }) { _ in
    APIAnswer { json in
      json.name("status")
      json.string("alive")
    }
  }

  static let readiness = APIRoute("/readyz", access: .named, weighs: { _ in .quick }) { call in
    let complaints = call.model.complaints
    if !complaints.isEmpty { throw APIProblem.notReady(complaints) }
    return APIAnswer { json in
      json.name("status")
      json.string("ready")
    }
  }

  static let openAPI = APIRoute("/openapi.yaml", access: .named, weighs: { _ in .quick }) { _ in
    APIAnswer(bytes: OpenAPIDocument.bytes, contentType: "application/yaml").tagged()
  }
}

extension JSONWriter {
  fileprivate mutating func counts(_ counts: LedgerCounts, _ reasons: [NamedReason]) {
    let rejections = reasons.map { ($0.label, Int($0.reason.rawValue)) }
    let sheds = ShedReason.allCases.map { ($0.label, Int($0.rawValue)) }
    func byReason(_ title: StaticString, _ values: [UInt64], _ labels: [(String, Int)], to json: inout JSONWriter) {
      json.name(title)
      json.object { json in
        for (label, index) in labels where values[index] > 0 {
          json.name(label)
          json.integer(values[index])
        }
      }
    }
    func number(_ title: StaticString, _ value: UInt64, to json: inout JSONWriter) {
      json.name(title)
      json.integer(value)
    }
    number("received", counts.received, to: &self)
    number("kernel_dropped", counts.kernelDropped, to: &self)
    number("decoded", counts.decoded, to: &self)
    byReason("rejected", counts.rejected, rejections, to: &self)
    number("rows", counts.rows, to: &self)
    number("events", counts.events, to: &self)
    number("readings", counts.readings, to: &self)
    byReason("rejected_rows", counts.rejectedRows, rejections, to: &self)
    byReason("rejected_fields", counts.rejectedFields, rejections, to: &self)
    number("stored", counts.stored, to: &self)
    number("duplicate", counts.duplicate, to: &self)
    byReason("shed", counts.shed, sheds, to: &self)
    number("clock_ahead", counts.clockAhead, to: &self)
    number("clock_behind", counts.clockBehind, to: &self)
    number("trailing_bytes", counts.trailingBytes, to: &self)
    number("time_cut", counts.timeCut, to: &self)
  }
}
