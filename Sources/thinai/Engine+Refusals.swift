import API
import Node
import Pipeline
import Primitives
import Protocols
import Registry

extension Engine {
  /// What was refused lately, with the names of listeners and devices.
  var refusalsByName: [Refusal] {
    let names = pipeline.settings.accountNames
    let registry = pipeline.currentRegistry.inForce
    var strangers: [SourceAddress: String] = [:]
    for sender in pipeline.unknownSenders.all { strangers[sender.source.withoutPort] = sender.id }
    return pipeline.refusals.all.compactMap { refusal in
      guard refusal.listener < names.count else { return nil }
      let device =
        refusal.device
        ?? refusal.address.flatMap { address in
          registry.deviceIndex(address: address).map { registry.devices[$0].id } ?? strangers[address]
        }
      return Refusal(
        listener: names[refusal.listener], reason: refusal.reason.label, address: refusal.address?.addressText,
        device: device, count: refusal.count, last: refusal.last, sample: refusal.sampleText)
    }
  }
}
