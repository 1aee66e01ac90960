import Primitives
import Text

/// One action of a Delta Lake commit (Delta transaction log protocol, reader version 1, writer version 2).
enum DeltaAction {
  case metaData(TableState)
  case add(Part, dataChange: Bool)
  case remove(Part, dataChange: Bool)
  case transaction(application: String, segment: UInt64)

  /// `metaData.configuration` keys of our own.
  static let columnsKey = "thinai.columns"
  static let precisionKey = "thinai.time"
  static let measurementKey = "thinai.measurement"
  static let compatibleKey = "thinai.compat"
  /// In `commitInfo`: the fingerprint of the commit's other lines.
  static let checkKey = "thinai.check"

  func json(nowMillis: Int64) -> JSONValue {
    switch self {
    case .metaData(let table): return .members(("metaData", DeltaSchema.metaData(table, nowMillis: nowMillis)))
    case .add(let part, let dataChange):
      // Another program's stays as it is.
      if let add = part.foreignAdd { return .members(("add", add)) }
      var members: [(String, JSONValue)] = [
        ("path", .string(DeltaPath.encode(part.path))), ("partitionValues", .members(("date", .string(part.date)))),
        ("size", .integer(Int64(part.byteCount))), ("modificationTime", .integer(part.modifiedMillis)),
        ("dataChange", .boolean(dataChange)), ("stats", .string(DeltaSchema.statistics(part).serialized)),
      ]
      // What a reader of Delta has no use for, and we need without opening the file.
      var tags: [(String, JSONValue)] = [
        ("oldest", .string(String(part.oldestTime))), ("newest", .string(String(part.newestTime))),
        ("first_device", .string(part.firstDevice)), ("last_device", .string(part.lastDevice)),
      ]
      if let source = part.source { tags.append(("source", .string(source))) }
      if part.outlivesSource { tags.append(("outlivesSource", .string("true"))) }
      if let level = part.level { tags.append(("level", .string(String(level)))) }
      if let profile = part.profile { tags.append(("profile", .string(profile))) }
      members.append(("tags", .members(tags)))
      return .members(("add", .members(members)))
    case .remove(let part, let dataChange):
      let path = part.foreignAdd?["path"]?.text ?? DeltaPath.encode(part.path)
      return .members(
        (
          "remove",
          .members(
            ("path", .string(path)), ("deletionTimestamp", .integer(nowMillis)),
            ("dataChange", .boolean(dataChange)))
        ))
    case .transaction(let application, let segment):
      return .members(
        (
          "txn",
          .members(
            ("appId", .string(application)), ("version", .integer(Int64(clamping: segment))),
            ("lastUpdated", .integer(nowMillis))
          )
        ))
    }
  }

  /// `commitInfo` of our own: what the log's history shows, and by what the rest of the commit is known.
  static func commitInfo(operation: String, check: Fingerprint, nowMillis: Int64) -> JSONValue {
    .members(
      (
        "commitInfo",
        .members(
          ("timestamp", .integer(nowMillis)), ("operation", .string(operation)),
          ("operationParameters", .members([])), ("engineInfo", .string(ForeignCommit.ours)),
          (checkKey, .string(check.text)))
      ))
  }

  /// The part that an `add` speaks of.
  static func part(_ add: JSONValue) throws(LagoonError) -> Part {
    guard let path = add["path"]?.text, let size = add["size"]?.integer else {
      throw LagoonError("its Delta log has an add without a path or size")
    }
    guard (0...most).contains(size) else { throw LagoonError("its Delta log has an add of \(size) bytes") }
    guard let statistics = add["stats"]?.text, let stats = try? JSONReader.read(statistics),
      let rows = stats["numRecords"]?.integer, (0...most).contains(rows), let tags = add["tags"],
      let oldest = tags["oldest"]?.text.flatMap(Int64.init), let newest = tags["newest"]?.text.flatMap(Int64.init),
      let date = add["partitionValues"]?["date"]?.text
    else { return foreignPart(add, path: path, size: size) }
    var part = Part(
      path: DeltaPath.decode(path), date: date, rowCount: Int(rows), byteCount: Int(size), oldestTime: oldest,
      newestTime: newest, firstDevice: tags["first_device"]?.text ?? "", lastDevice: tags["last_device"]?.text ?? "",
      source: tags["source"]?.text, level: tags["level"]?.text.flatMap(Int32.init),
      profile: tags["profile"]?.text,
      modifiedMillis: modifiedMillis(add))
    part.outlivesSource = tags["outlivesSource"] != nil
    part.hasBounds = DeltaSchema.hasBounds(stats)
    return part
  }

  /// Bytes or rows of a part that can be: sums of many of them are numbers still.
  private static let most: Int64 = 1 << 48

  /// When a part was written, within what nanoseconds can say by far: others have written other units there.
  private static func modifiedMillis(_ add: JSONValue) -> Int64 {
    min(max(add["modificationTime"]?.integer ?? 0, 0), Int64.max / Nanos.perMillisecond / 2)
  }

  /// The part of an `add` that another program wrote: what it holds is yet to be looked at.
  private static func foreignPart(_ add: JSONValue, path: String, size: Int64) -> Part {
    let decoded = DeltaPath.decode(path)
    var part = Part(
      path: decoded, date: add["partitionValues"]?["date"]?.text ?? "", rowCount: 0, byteCount: Int(size),
      oldestTime: .max, newestTime: .min, firstDevice: "", lastDevice: "", source: nil,
      modifiedMillis: modifiedMillis(add))
    part.foreignAdd = add
    let isOutside =
      decoded.hasPrefix("/") || decoded.contains(":/") || decoded.split(separator: "/").contains("..")
    if isOutside { part.unreadable = "it is outside of the table's folder" }
    if let vector = add["deletionVector"], vector != .null { part.unreadable = "it has a deletion vector" }
    return part
  }
}

/// Paths in a Delta log are URIs: what is percent-encoded in a file's name is encoded once more.
enum DeltaPath {
  static func encode(_ path: String) -> String {
    PercentCoding.encode(path) { byte, _ in
      PercentCoding.isUnreserved(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=")
    }
  }

  static func decode(_ path: String) -> String { PathName.decode(path) }
}
