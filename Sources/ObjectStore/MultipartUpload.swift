import Primitives
import Sys

/// A file that becomes an object part by part (S3 User Guide, "Uploading and copying objects using multipart upload").
///
/// ```
///   begin ──▶ part 1, 2, … ──▶ complete ──▶ done
///                │                │
///                └── a failure ───┴──▶ given up: nothing of it is kept
/// ```
/// In memory is one part at a time.
struct MultipartUpload {
  private let client: ObjectClient
  private let file: File
  private let byteCount: Int
  private let partBytes: Int
  private let name: String
  private let key: String
  private let ifAbsent: Bool
  private let trial: RequestRunner.Trial

  init(
    _ client: ObjectClient, _ file: File, byteCount: Int, as name: String, key: String, ifAbsent: Bool
  ) throws(ObjectFault) {
    self.client = client
    self.file = file
    self.byteCount = byteCount
    self.name = name
    self.key = key
    self.ifAbsent = ifAbsent
    partBytes = Self.partBytes(of: byteCount, client.settings)
    trial = client.trial("upload", name, moving: partBytes)
    if Self.partCount(byteCount, partBytes) > Limits.objectParts {
      throw ObjectFault(.tooLarge, trial.action, "\(file.path) is too long for \(Limits.objectParts) parts")
    }
  }

  /// Octets of a part, as many as are wanted unless there would be too many parts.
  static func partBytes(of byteCount: Int, _ settings: ObjectSettings) -> Int {
    let least = (byteCount + Limits.objectParts - 1) / Limits.objectParts
    let range = settings.partRange
    return min(max(settings.partBytes, least, range.lowerBound), range.upperBound)
  }

  private static func partCount(_ byteCount: Int, _ partBytes: Int) -> Int { (byteCount + partBytes - 1) / partBytes }

  /// Uploads, anew where another writer came between (S3: a conflict at the end asks for a new upload).
  func run() throws(ObjectFault) -> PutOutcome {
    for _ in 0..<Limits.objectUploadRestarts {
      if let outcome = try attempt() { return outcome }
    }
    throw ObjectFault(.conflict, trial.action, "other writers came between \(Limits.objectUploadRestarts) times")
  }

  /// nil: to be begun anew.
  private func attempt() throws(ObjectFault) -> PutOutcome? {
    let id = try begin()
    let tags: [String]
    do throws(ObjectFault) { tags = try parts(id) } catch {
      client.giveUp(key: key, id: id, trial)
      throw error
    }
    let request = ObjectRequest(
      method: .post, key: key, query: [QueryItem("uploadId", id)],
      headers: [Header("Content-Type", "application/xml")] + (ifAbsent ? [ObjectClient.ifAbsentHeader] : []),
      body: StoreDocument.completion(tags), mayFailLate: true, isConflictFinal: true)
    let answer: ObjectAnswer
    do throws(ObjectFault) { answer = try client.runner.run(trial, request) } catch {
      // What may be under way is not given up: some stores then keep half of it. It is found among what was left over.
      if error.mayBeDone { return .unknown(error) }
      client.giveUp(key: key, id: id, trial)
      throw error
    }
    if answer.isDone {
      do throws(StoreDocument.Fault) { _ = try StoreDocument.completedTag(answer.body) } catch {
        // A 200 that says nothing of an object is no success, and no failure.
        return .unknown(ObjectFault(.badAnswer, trial.action, error.description, mayBeDone: true))
      }
      return .done
    }
    if answer.refusal?.code == "NoSuchUpload", answer.isDoubtful { return try found(tags.count, answer) }
    if !answer.isDoubtful || answer.head.status == 412 { client.giveUp(key: key, id: id, trial) }
    if answer.refusal?.code == "ConditionalRequestConflict", !answer.isDoubtful { return nil }
    return try client.outcome(answer, trial)
  }

  private func begin() throws(ObjectFault) -> String {
    let request = ObjectRequest(
      method: .post, key: key, query: [QueryItem("uploads")],
      headers: [Header("Content-Type", "application/octet-stream")])
    let answer = try client.runner.run(trial, request)
    if !answer.isDone { throw ObjectFault(answer, trial) }
    return try client.understood(trial) { () throws(StoreDocument.Fault) in try StoreDocument.uploadId(answer.body) }
  }

  /// The tags of all parts.
  private func parts(_ id: String) throws(ObjectFault) -> [String] {
    var tags: [String] = []
    for number in 1...Self.partCount(byteCount, partBytes) {
      let offset = (number - 1) * partBytes
      let wanted = min(partBytes, byteCount - offset)
      let bytes = try client.local(trial) { () throws(SystemError) in try file.read(at: offset, byteCount: wanted) }
      if bytes.count < wanted { throw ObjectFault(.local, trial.action, "\(file.path) was cut meanwhile") }
      let request = ObjectRequest(
        method: .put, key: key, query: [QueryItem("partNumber", String(number)), QueryItem("uploadId", id)],
        body: bytes)
      let answer = try client.runner.run(trial, request)
      if !answer.isDone { throw ObjectFault(answer, trial) }
      guard let tag = answer.head.header("ETag"), !tag.isEmpty else {
        throw ObjectFault(.badAnswer, trial.action, "it took part \(number) without an ETag")
      }
      tags.append(tag)
    }
    return tags
  }

  /// What became of an upload that is no more after an attempt to complete it whose answer was lost.
  private func found(_ partCount: Int, _ answer: ObjectAnswer) throws(ObjectFault) -> PutOutcome {
    let fault = ObjectFault(answer, trial)
    do throws(ObjectFault) {
      guard let info = try client.head(name) else { return .unknown(fault) }
      if ifAbsent { return .exists }
      // S3 tells by the tag that an object was put together, and of how many parts.
      let isOurs = info.byteCount == byteCount && info.tag?.hasSuffix("-\(partCount)\"") == true
      return isOurs ? .done : .unknown(fault)
    } catch {
      return .unknown(fault)
    }
  }
}
