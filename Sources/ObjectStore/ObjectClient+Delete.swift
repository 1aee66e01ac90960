import Cryptography
import Primitives
import Text

extension ObjectClient {
  /// What is not there is fine.
  public func delete(_ name: String) throws(ObjectFault) {
    let trial = trial("delete", name)
    let answer = try runner.run(trial, ObjectRequest(method: .delete, key: try key(name, "delete")))
    if !answer.isDone, answer.refusal?.code != "NoSuchKey" { throw ObjectFault(answer, trial) }
  }

  /// Deletes many, a thousand a request; those that the store did not delete that way are asked for one by one.
  public func delete(_ names: [String]) throws(ObjectFault) {
    var keys: [String] = []
    for name in names { keys.append(try key(name, "delete")) }
    for start in stride(from: 0, to: keys.count, by: Limits.objectDeletedAtOnce) {
      let some = Array(keys[start..<min(start + Limits.objectDeletedAtOnce, keys.count)])
      for key in try undeleted(some) {
        guard let name = location.name(key) else { continue }
        try delete(name)
      }
    }
  }

  /// Asks for some to be deleted together; those that are to be asked for one by one.
  private func undeleted(_ keys: [String]) throws(ObjectFault) -> [String] {
    let trial = trial(ofAll: "delete objects under")
    let body = StoreDocument.deletion(of: keys)
    var headers = [Header("Content-Type", "application/xml")]
    headers.append(Self.checksum(body))
    let answer = try runner.run(
      trial,
      ObjectRequest(
        method: .post, key: "", query: [QueryItem("delete")], headers: headers, body: body, mayFailLate: true))
    // Stores that do not know it say so in several ways.
    if [400, 404, 405, 501].contains(answer.head.status), answer.refusal?.code != "NoSuchBucket" { return keys }
    if !answer.isDone { throw ObjectFault(answer, trial) }
    return try understood(trial) { () throws(StoreDocument.Fault) in try StoreDocument.undeleted(answer.body) }
  }

  /// DeleteObjects asks for a checksum: MD5, which every store knows, or SHA-256 where MD5 may not be used (FIPS).
  private static func checksum(_ body: [UInt8]) -> Header {
    if let digest = DigestAlgorithm.md5.digest(body) { return Header("Content-MD5", base64(digest)) }
    return Header("x-amz-checksum-sha256", base64(DigestAlgorithm.sha256.digest(body) ?? []))
  }

  /// RFC 4648 section 4: the alphabet of headers, padded.
  private static func base64(_ bytes: [UInt8]) -> String {
    let text = Base64URL.encode(bytes).replacing("-", with: "+").replacing("_", with: "/")
    return text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
  }
}
