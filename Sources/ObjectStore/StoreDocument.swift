import Primitives
import Text

/// What a store says in XML (S3 API Reference).
enum StoreDocument {
  /// `<Error>`: what went wrong, in a word and in a sentence.
  struct Refusal: Hashable {
    var code: String
    var message: String
    /// Where a redirect leads, and which region a signature should have named.
    var region: String?
    var endpoint: String?
  }

  /// One page of ListObjectsV2.
  struct Page: Hashable {
    /// Keys, not names.
    var objects: [ObjectInfo] = []
    var folders: [String] = []
    /// What to ask for the next page with; nil after the last.
    var continuation: String?
  }

  /// One page of ListMultipartUploads.
  struct Uploads: Hashable {
    var uploads: [UnfinishedUpload] = []
    var nextKey: String?
    var nextId: String?
  }

  /// What a document has that does not say what it should.
  struct Fault: Error, Hashable, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
  }

  private static func root(_ bytes: [UInt8], _ name: String) throws(Fault) -> XMLElement {
    try root(bytes) { $0 == name }
  }

  private static func root(_ bytes: [UInt8], where isWanted: (String) -> Bool) throws(Fault) -> XMLElement {
    let root: XMLElement
    do throws(XMLReader.Fault) { root = try XMLReader.read(bytes) } catch {
      throw Fault("its answer is no XML: \(error)")
    }
    if !isWanted(root.name) { throw Fault("its answer is another document: \(root.name.prefix(40))") }
    return root
  }

  /// nil if the bytes are no such document: whatever stands between may have answered.
  static func refusal(_ bytes: [UInt8]) -> Refusal? {
    guard !bytes.isEmpty, let root = try? root(bytes, "Error"), let code = root.text("Code"), !code.isEmpty else {
      return nil
    }
    return Refusal(
      code: code, message: root.text("Message") ?? "", region: root.text("Region"), endpoint: root.text("Endpoint"))
  }

  static func page(_ bytes: [UInt8]) throws(Fault) -> Page {
    let root = try root(bytes, "ListBucketResult")
    let isEncoded = root.text("EncodingType") == "url"
    var page = Page()
    for entry in root.all("Contents") {
      guard let text = entry.text("Key"), let size = entry.text("Size").flatMap({ Int($0) }), size >= 0,
        let modified = entry.text("LastModified").flatMap({ RFC3339.parse($0) })
      else { throw Fault("its list has an entry without Key, Size or LastModified") }
      page.objects.append(
        ObjectInfo(
          name: try key(text, isEncoded), byteCount: size, modifiedNanos: modified, tag: entry.text("ETag")))
    }
    for entry in root.all("CommonPrefixes") {
      guard let text = entry.text("Prefix") else { throw Fault("its list has a CommonPrefixes without Prefix") }
      page.folders.append(try key(text, isEncoded))
    }
    switch root.text("IsTruncated") {
    case "true":
      guard let token = root.text("NextContinuationToken"), !token.isEmpty else {
        throw Fault("its list goes on, and it does not say where")
      }
      page.continuation = token
    case "false": break
    default: throw Fault("its list does not say whether it goes on")
    }
    return page
  }

  /// Keys come as a form's values do, a blank as `+`, where `EncodingType` says so.
  private static func key(_ text: String, _ isEncoded: Bool) throws(Fault) -> String {
    if !isEncoded { return text }
    guard let key = PercentCoding.decode(text, plusIsBlank: true) else { throw Fault("its list has a broken name") }
    return key
  }

  static func uploadId(_ bytes: [UInt8]) throws(Fault) -> String {
    guard let id = try root(bytes, "InitiateMultipartUploadResult").text("UploadId"), !id.isEmpty else {
      throw Fault("it began an upload without an UploadId")
    }
    return id
  }

  /// The tag of what was put together: who answers so has done it. The document is named CompleteMultipartUploadResult;
  /// moto has another name for it.
  static func completedTag(_ bytes: [UInt8]) throws(Fault) -> String {
    let root = try root(bytes) { $0.hasPrefix("CompleteMultipartUpload") }
    guard let tag = root.text("ETag") else { throw Fault("it completed an upload without an ETag") }
    return tag
  }

  static func uploads(_ bytes: [UInt8]) throws(Fault) -> Uploads {
    let root = try root(bytes, "ListMultipartUploadsResult")
    let isEncoded = root.text("EncodingType") == "url"
    var uploads = Uploads()
    for entry in root.all("Upload") {
      guard let text = entry.text("Key"), let id = entry.text("UploadId"), !id.isEmpty,
        let begun = entry.text("Initiated").flatMap({ RFC3339.parse($0) })
      else { throw Fault("its list has an upload without Key, UploadId or Initiated") }
      uploads.uploads.append(UnfinishedUpload(name: try key(text, isEncoded), id: id, begunNanos: begun))
    }
    if root.text("IsTruncated") == "true" {
      guard let next = root.text("NextKeyMarker"), !next.isEmpty else {
        throw Fault("its list of uploads goes on, and it does not say where")
      }
      uploads.nextKey = try key(next, isEncoded)
      uploads.nextId = root.text("NextUploadIdMarker")
    }
    return uploads
  }

  /// Keys that were not deleted, of a quiet DeleteObjects.
  static func undeleted(_ bytes: [UInt8]) throws(Fault) -> [String] {
    var keys: [String] = []
    for entry in try root(bytes, "DeleteResult").all("Error") {
      guard let key = entry.text("Key") else { throw Fault("it could not delete something without a Key") }
      keys.append(key)
    }
    return keys
  }

  /// What DeleteObjects is asked with.
  static func deletion(of keys: [String]) -> [UInt8] {
    let objects = keys.map { "<Object><Key>\(XMLElement.escaped($0))</Key></Object>" }.joined()
    return Array("<Delete xmlns=\"\(namespace)\"><Quiet>true</Quiet>\(objects)</Delete>".utf8)
  }

  /// What CompleteMultipartUpload is asked with: the parts' tags, from part 1 on.
  static func completion(_ tags: [String]) -> [UInt8] {
    let parts = tags.enumerated().map { index, tag in
      "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(XMLElement.escaped(tag))</ETag></Part>"
    }
    return Array(
      "<CompleteMultipartUpload xmlns=\"\(namespace)\">\(parts.joined())</CompleteMultipartUpload>".utf8)
  }

  private static let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
}
