import Primitives
public import Text

/// Where a store keeps our objects: a bucket, a prefix in it, and where to ask for it.
public struct ObjectLocation: Hashable, Sendable, CustomStringConvertible {
  public var bucket: String
  /// Without slashes at its ends; empty for the whole bucket.
  public var prefix: String
  /// Scheme, host and port alone.
  public var endpoint: WebAddress
  /// What requests are signed for.
  public var region: String
  /// Whether the bucket stands in the path; else it stands before the host's name
  /// (S3: "Virtual hosting of general purpose buckets").
  public var isPathStyle: Bool

  /// - Parameters:
  ///   - url: `s3://bucket/prefix`
  ///   - endpoint: `https://host:port`; nil for that of AWS in the region.
  public init(
    _ url: String, endpoint: String?, region: String = "us-east-1", isPathStyle: Bool = true
  ) throws(ObjectFault) {
    let action = "use store \(url)"
    guard url.hasPrefix("s3://") else { throw ObjectFault(.local, action, "it is no s3:// URL") }
    let rest = url.dropFirst("s3://".count)
    bucket = String(rest.prefix { $0 != "/" })
    if !Self.isBucket(bucket) { throw ObjectFault(.local, action, "no bucket can be named so") }
    prefix = rest.dropFirst(bucket.count).split(separator: "/", omittingEmptySubsequences: true).joined(separator: "/")
    if !prefix.isEmpty, let fault = Self.fault(ofName: prefix) { throw ObjectFault(.local, action, fault) }
    if region.isEmpty || !region.utf8.allSatisfy(PercentCoding.isUnreserved) {
      throw ObjectFault(.local, action, "no region can be named \(region)")
    }
    let text = endpoint ?? "https://s3.\(region).amazonaws.com"
    guard let address = WebAddress(text), address.target == "/" else {
      throw ObjectFault(.local, action, "its endpoint \(text) is no URL http(s)://host:port")
    }
    self.endpoint = address
    self.region = region
    self.isPathStyle = isPathStyle
  }

  /// S3: "General purpose bucket naming rules", as far as requests depend on them.
  private static func isBucket(_ name: String) -> Bool {
    (3...63).contains(name.utf8.count) && !name.hasPrefix(".") && !name.contains("..")
      && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 46 || $0 == 95 }
  }

  /// `s3://bucket/prefix`
  public var description: String { "s3://" + bucket + (prefix.isEmpty ? "" : "/" + prefix) }

  /// `http://host:port`, for messages.
  var endpointText: String { (endpoint.isSecure ? "https://" : "http://") + endpoint.hostField }

  /// The key of a name under the prefix; empty for the prefix itself.
  func key(_ name: String) -> String { prefix.isEmpty ? name : name.isEmpty ? prefix + "/" : prefix + "/" + name }

  /// The name under the prefix of a key; nil if it stands somewhere else.
  func name(_ key: String) -> String? {
    if prefix.isEmpty { return key }
    return key.hasPrefix(prefix + "/") ? String(key.dropFirst(prefix.count + 1)) : nil
  }

  /// Why no object can have the key; nil if one can. Parts like `..` are refused although S3 takes them: proxies and
  /// libraries resolve them, and the signature is wrong, or another object is meant.
  static func fault(ofName key: String) -> String? {
    if key.utf8.count > Limits.objectNameBytes { return "its name is longer than \(Limits.objectNameBytes) octets" }
    if key.utf8.contains(where: { $0 < 32 || $0 == 127 }) { return "its name holds a control character" }
    for part in key.split(separator: "/", omittingEmptySubsequences: false) where ["", ".", ".."].contains(part) {
      return "its name has a part that is empty, . or .."
    }
    return nil
  }

  /// Where to ask for a key, or for the bucket if it is empty. Each octet that is not unreserved is encoded once, slashes
  /// excepted: a `%` that stands in a key becomes `%25` (SigV4: "URI encode … for S3, do not normalize, encode once").
  func address(key: String, query: [QueryItem]) -> WebAddress {
    var address = endpoint
    let path = PercentCoding.encode(key) { byte, _ in PercentCoding.isUnreserved(byte) || byte == UInt8(ascii: "/") }
    if isPathStyle {
      address.target = "/" + bucket + (path.isEmpty ? "" : "/" + path)
    } else {
      address.host = bucket + "." + endpoint.host
      address.target = "/" + path
    }
    let encoded = SignatureV4.query(query)
    if !encoded.isEmpty { address.target += "?" + encoded }
    return address
  }
}

/// A parameter of a query, not encoded.
struct QueryItem: Hashable, Sendable {
  var name: String
  var value: String

  init(_ name: String, _ value: String = "") {
    self.name = name
    self.value = value
  }
}
