import Sys

extension ObjectClient {
  /// Gives bytes a name, in the place of what has it; returns their tag. After a fault that `mayBeDone` the old bytes are
  /// there or the new ones.
  @discardableResult
  public func put(_ bytes: [UInt8], as name: String) throws(ObjectFault) -> String? {
    let trial = trial("put", name, moving: bytes.count)
    let answer = try runner.run(trial, write(bytes, try key(name, "put"), ifAbsent: false))
    if !answer.isDone { throw ObjectFault(answer, trial) }
    return answer.head.header("ETag")
  }

  /// Gives bytes a name that nothing has yet: of several who do so, one gets `done`
  /// (S3 User Guide, "How to prevent object overwrites with conditional writes").
  ///
  /// - Throws: with nothing written, now or later.
  public func putIfAbsent(_ bytes: [UInt8], as name: String) throws(ObjectFault) -> PutOutcome {
    let trial = trial("put", name, moving: bytes.count)
    let request = write(bytes, try key(name, "put"), ifAbsent: true)
    let answer: ObjectAnswer
    do throws(ObjectFault) { answer = try runner.run(trial, request) } catch {
      if error.mayBeDone { return .unknown(error) }
      throw error
    }
    return try outcome(answer, trial)
  }

  /// Whether these bytes have the name: what became of a write that is `unknown`, and whose object `exists`.
  public func compare(_ name: String, with bytes: [UInt8]) throws(ObjectFault) -> Likeness {
    do throws(ObjectFault) {
      guard let found = try get(name, longestBytes: bytes.count) else { return .absent }
      return found.bytes == bytes ? .same : .other
    } catch {
      if error.kind == .tooLarge { return .other }
      throw error
    }
  }

  static let ifAbsentHeader = Header("If-None-Match", "*")

  private func write(_ bytes: [UInt8], _ key: String, ifAbsent: Bool) -> ObjectRequest {
    var headers = [Header("Content-Type", "application/octet-stream")]
    if ifAbsent { headers.append(Self.ifAbsentHeader) }
    return ObjectRequest(method: .put, key: key, headers: headers, body: bytes)
  }

  /// What an answer to a write under the condition means.
  func outcome(_ answer: ObjectAnswer, _ trial: RequestRunner.Trial) throws(ObjectFault) -> PutOutcome {
    if answer.isDone { return .done }
    if answer.head.status == 412 || answer.refusal?.code == "PreconditionFailed" { return .exists }
    var fault = ObjectFault(answer, trial)
    if answer.head.status == 501 || answer.refusal?.code == "NotImplemented" {
      fault.kind = .conditionNotHonoured
      fault.cause = "it does not honour If-None-Match: \(fault.cause)"
    }
    // An attempt before this one may have landed, whatever this one says.
    if fault.mayBeDone { return .unknown(fault) }
    throw fault
  }
}
