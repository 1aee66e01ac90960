import Access
import Text

extension APIRoute {
  static let refused = APIRoute("/v1/refused", access: .whole(.read), weighs: { _ in .quick }) { call in
    let refusals = call.model.refusals
    return APIAnswer { json in
      json.name("refused")
      json.array { json in
        for refusal in refusals { json.object { json in json.refusal(refusal) } }
      }
    }
  }
}

extension JSONWriter {
  fileprivate mutating func refusal(_ refusal: Refusal) {
    name("listener")
    string(refusal.listener)
    name("reason")
    string(refusal.reason)
    name("address")
    stringOrNull(refusal.address)
    name("device")
    stringOrNull(refusal.device)
    name("count")
    integer(refusal.count)
    name("last")
    time(refusal.last)
    name("sample")
    string(refusal.sample)
  }
}
