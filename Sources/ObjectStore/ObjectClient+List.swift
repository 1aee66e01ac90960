import Primitives

extension ObjectClient {
  /// What stands under the prefix, in ascending order of names' octets (S3 API Reference, ListObjectsV2).
  ///
  /// - Parameters:
  ///   - start: what names begin with.
  ///   - after: only names behind this one.
  ///   - isDeep: names of any depth; else those that have a further `/` count as folders.
  public func list(
    _ start: String = "", after: String? = nil, isDeep: Bool = true
  ) throws(ObjectFault) -> ObjectListing {
    let trial = trial(ofAll: "list")
    var listing = ObjectListing()
    var continuation: String?
    for _ in 0..<Limits.objectListPages {
      var query = [
        QueryItem("list-type", "2"), QueryItem("encoding-type", "url"),
        QueryItem("prefix", location.key(start)),
        QueryItem("max-keys", String(settings.listedAtOnce)),
      ]
      if !isDeep { query.append(QueryItem("delimiter", "/")) }
      if let continuation {
        query.append(QueryItem("continuation-token", continuation))
      } else if let after {
        query.append(QueryItem("start-after", location.key(after)))
      }
      let answer = try runner.run(trial, ObjectRequest(method: .get, key: "", query: query))
      if answer.head.status != 200 { throw ObjectFault(answer, trial) }
      let page = try understood(trial) { () throws(StoreDocument.Fault) in try StoreDocument.page(answer.body) }
      try add(page, to: &listing, after: after, trial)
      guard let next = page.continuation else { return ordered(listing) }
      if next == continuation { break }
      continuation = next
    }
    throw ObjectFault(.badAnswer, trial.action, "its list does not end")
  }

  /// Takes a page's keys as names. Keys that end with a slash are marks of folders that other programs leave.
  private func add(
    _ page: StoreDocument.Page, to listing: inout ObjectListing, after: String?, _ trial: RequestRunner.Trial
  ) throws(ObjectFault) {
    for var object in page.objects where !object.name.hasSuffix("/") {
      guard let name = location.name(object.name) else {
        throw ObjectFault(.badAnswer, trial.action, "its list has a name that stands somewhere else")
      }
      object.name = name
      // Some stores give what it was to begin after as well.
      if let after, !after.utf8.lexicographicallyPrecedes(name.utf8) { continue }
      listing.objects.append(object)
    }
    for folder in page.folders {
      guard let name = location.name(folder) else {
        throw ObjectFault(.badAnswer, trial.action, "its list has a folder that stands somewhere else")
      }
      listing.folders.append(name)
    }
  }

  /// In order and each name once, be the store's order another (directory buckets of S3 have none).
  private func ordered(_ listing: ObjectListing) -> ObjectListing {
    var result = ObjectListing()
    for object in listing.objects.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
    where result.objects.last?.name != object.name {
      result.objects.append(object)
    }
    for folder in listing.folders.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    where result.folders.last != folder {
      result.folders.append(folder)
    }
    return result
  }
}
