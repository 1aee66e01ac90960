import Primitives

/// Finds out at the start whether a store does what several writers need: that it refuses a second object of a name.
///
/// Writes an object twice under the condition `If-None-Match: *` and removes it. Its name is drawn: nodes that probe at
/// once do not meet.
public struct StoreProbe: Sendable {
  /// What its names begin with, under the client's prefix. No folder: some stores keep those that are empty.
  public static let start = "_probe-"
  /// How often a probe is begun anew whose answers were lost.
  private static let attempts = 2

  private let client: ObjectClient
  private let action: String

  public init(_ client: ObjectClient) {
    self.client = client
    action = "use store \(client.label)"
  }

  /// - Throws: `unreachable` or `timedOut`, `notPermitted`, `noBucket`, or `conditionNotHonoured`, which names
  ///   `If-None-Match`; each names the endpoint.
  public func run() throws(ObjectFault) {
    var last: ObjectFault?
    for _ in 0..<Self.attempts {
      let name =
        Self.start + Hexadecimal.text(Self.octets(client.runner.random()))
        + Hexadecimal.text(Self.octets(client.runner.random()))
      defer { try? remover.delete(name) }
      do throws(ObjectFault) {
        last = try attempt(name)
        if last == nil { return try removeOldProbes() }
      } catch {
        throw told(error, name)
      }
    }
    throw told(last ?? fault(.unreachable, "its answers were lost"), "")
  }

  /// Cleaning up is not worth much patience: the next probe does it as well.
  private var remover: ObjectClient {
    var client = client
    client.settings.attempts = min(client.settings.attempts, 3)
    return client
  }

  /// nil if the store does what it should; a fault if it is worth another attempt.
  private func attempt(_ name: String) throws(ObjectFault) -> ObjectFault? {
    let first = Array("the first of \(name)".utf8)
    switch try client.putIfAbsent(first, as: name) {
    case .done: break
    case .exists:
      // Ours, if an answer was lost; nobody else has the name.
      if try client.compare(name, with: first) != .same {
        return fault(
          .conditionNotHonoured, "it does not honour If-None-Match: it refuses to write an object that is not there")
      }
    case .unknown(let fault): return fault
    }
    switch try client.putIfAbsent(Array("the second of \(name)".utf8), as: name) {
    case .done: throw ignored
    case .unknown(let fault): return fault
    case .exists:
      if try client.compare(name, with: first) != .same { throw ignored }
      return nil
    }
  }

  private var ignored: ObjectFault {
    fault(.conditionNotHonoured, "it does not honour If-None-Match: it took a second object of the same name")
  }

  private func fault(_ kind: ObjectFault.Kind, _ cause: String) -> ObjectFault { ObjectFault(kind, action, cause) }

  private static func octets(_ word: UInt64) -> [UInt8] {
    stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
  }

  /// The cause in words of the probe.
  private func told(_ cause: ObjectFault, _ name: String) -> ObjectFault {
    switch cause.kind {
    case .unreachable: return fault(.unreachable, "it cannot be reached: \(cause.cause)")
    case .timedOut: return fault(.timedOut, "it did not answer in time: \(cause.cause)")
    case .noBucket: return fault(.noBucket, "there is no bucket \(client.location.bucket): \(cause.cause)")
    case .notPermitted:
      // The condition is signed: what takes it away on the way makes the signature a wrong one.
      if cause.cause.contains("SignatureDoesNotMatch"), !name.isEmpty,
        (try? client.put(Array("plain".utf8), as: name)) != nil
      {
        return fault(
          .conditionNotHonoured,
          "it does not honour If-None-Match: something before it changes or removes that header: \(cause.cause)")
      }
      return fault(.notPermitted, "the credentials may not do what is needed: \(cause.cause)")
    default: return fault(cause.kind, cause.cause)
    }
  }

  /// What nodes left that were killed while they probed. So it is seen too whether a list may be asked for.
  private func removeOldProbes() throws(ObjectFault) {
    let bound = client.runner.storeNanos - Limits.objectLeftoverNanos
    let found = try client.list(Self.start)
    try? client.delete(found.objects.filter { $0.modifiedNanos < bound }.map(\.name))
  }
}
