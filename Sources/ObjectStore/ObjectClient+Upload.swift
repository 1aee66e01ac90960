public import Primitives
import Sys

extension ObjectClient {
  /// Gives a file's bytes a name; under the condition that nothing has it, or in the place of what has.
  ///
  /// One longer than `settings.partBytes` goes in parts. Nobody may write to the file meanwhile. Without the condition
  /// the outcome is never `exists`.
  public func upload(_ path: String, as name: String, ifAbsent: Bool) throws(ObjectFault) -> PutOutcome {
    let key = try key(name, "upload")
    let trial = trial("upload", name)
    let file = try local(trial) { () throws(SystemError) in try File(path, .read) }
    let byteCount = try local(trial) { () throws(SystemError) in try file.size() }
    if byteCount > MultipartUpload.partBytes(of: byteCount, settings) {
      return try MultipartUpload(self, file, byteCount: byteCount, as: name, key: key, ifAbsent: ifAbsent).run()
    }
    let bytes = try local(trial) { () throws(SystemError) in try file.read(at: 0, byteCount: byteCount) }
    if bytes.count < byteCount { throw ObjectFault(.local, trial.action, "\(path) was cut meanwhile") }
    if ifAbsent { return try putIfAbsent(bytes, as: name) }
    do throws(ObjectFault) {
      try put(bytes, as: name)
      return .done
    } catch {
      if error.mayBeDone { return .unknown(error) }
      throw error
    }
  }

  /// Uploads under the prefix that nobody has completed or given up, whoever began them.
  public func unfinishedUploads() throws(ObjectFault) -> [UnfinishedUpload] {
    let trial = trial(ofAll: "list uploads under")
    var found: [UnfinishedUpload] = []
    var marker: (key: String, id: String?)?
    for _ in 0..<Limits.objectListPages {
      var query = [
        QueryItem("uploads"), QueryItem("prefix", location.key("")), QueryItem("encoding-type", "url"),
      ]
      if let marker {
        query.append(QueryItem("key-marker", marker.key))
        if let id = marker.id { query.append(QueryItem("upload-id-marker", id)) }
      }
      let answer = try runner.run(trial, ObjectRequest(method: .get, key: "", query: query))
      if answer.head.status != 200 { throw ObjectFault(answer, trial) }
      let page = try understood(trial) { () throws(StoreDocument.Fault) in try StoreDocument.uploads(answer.body) }
      for var upload in page.uploads {
        guard let name = location.name(upload.name) else { continue }
        upload.name = name
        found.append(upload)
      }
      guard let next = page.nextKey else { return found }
      if let marker, marker.key == next, marker.id == page.nextId { break }
      marker = (next, page.nextId)
    }
    throw ObjectFault(.badAnswer, trial.action, "its list of uploads does not end")
  }

  /// Gives up uploads that were left over: those whose object `isOurs`, begun so long ago that they are no other
  /// thread's or node's at work. Returns how many.
  @discardableResult
  public func removeLeftovers(
    olderThanNanos: Int64 = Limits.objectLeftoverNanos, where isOurs: (_ name: String) -> Bool = { _ in true }
  ) throws(ObjectFault) -> Int {
    let bound = runner.storeNanos - olderThanNanos
    let leftovers = try unfinishedUploads().filter { $0.begunNanos <= bound && isOurs($0.name) }
    for upload in leftovers {
      giveUp(key: location.key(upload.name), id: upload.id, trial("give up the upload of", upload.name))
    }
    return leftovers.count
  }

  /// A failure leaves it among what is left over.
  func giveUp(key: String, id: String, _ trial: RequestRunner.Trial) {
    _ = try? runner.run(trial, ObjectRequest(method: .delete, key: key, query: [QueryItem("uploadId", id)]))
  }
}
