import Primitives

/// One action of a Delta Lake commit (Delta transaction log protocol, reader version 1, writer version 2).
enum DeltaAction {
  case metaData(TableState)
  case add(Part, dataChange: Bool, precision: TimePrecision)
  case remove(path: String, dataChange: Bool)
  case transaction(application: String, segment: UInt64)

  /// `metaData.configuration` keys of our own.
  static let columnsKey = "thinai.columns"
  static let precisionKey = "thinai.time"

  func json(nowMillis: Int64) -> JSONValue {
    switch self {
    case .metaData(let table): return .members(("metaData", DeltaSchema.metaData(table, nowMillis: nowMillis)))
    case .add(let part, let dataChange, let precision):
      var members: [(String, JSONValue)] = [
        ("path", .string(DeltaPath.encode(part.path))), ("partitionValues", .members(("date", .string(part.date)))),
        ("size", .integer(Int64(part.byteCount))), ("modificationTime", .integer(part.modifiedMillis)),
        ("dataChange", .boolean(dataChange)), ("stats", .string(DeltaSchema.statistics(part, precision).serialized)),
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
    case .remove(let path, let dataChange):
      return .members(
        (
          "remove",
          .members(
            ("path", .string(DeltaPath.encode(path))), ("deletionTimestamp", .integer(nowMillis)),
            ("dataChange", .boolean(dataChange)))
        ))
    case .transaction(let application, let segment):
      return .members(
        (
          "txn",
          .members(
            ("appId", .string(application)), ("version", .integer(Int64(segment))), ("lastUpdated", .integer(nowMillis))
          )
        ))
    }
  }

  static let protocolJSON = JSONValue.members(
    ("protocol", .members(("minReaderVersion", .integer(1)), ("minWriterVersion", .integer(2)))))

  /// The part that an `add` speaks of.
  static func part(_ add: JSONValue) throws(LagoonError) -> Part {
    guard let path = add["path"]?.text, let size = add["size"]?.integer,
      let statistics = add["stats"]?.text, let stats = try? JSONReader.read(statistics),
      let rows = stats["numRecords"]?.integer, let tags = add["tags"],
      let oldest = tags["oldest"]?.text.flatMap(Int64.init), let newest = tags["newest"]?.text.flatMap(Int64.init),
      let date = add["partitionValues"]?["date"]?.text
    else { throw LagoonError("its Delta log has an add that ThiNai did not write") }
    var part = Part(
      path: DeltaPath.decode(path), date: date, rowCount: Int(rows), byteCount: Int(size), oldestTime: oldest,
      newestTime: newest, firstDevice: tags["first_device"]?.text ?? "", lastDevice: tags["last_device"]?.text ?? "",
      source: tags["source"]?.text, level: tags["level"]?.text.flatMap(Int32.init),
      profile: tags["profile"]?.text,
      modifiedMillis: add["modificationTime"]?.integer ?? 0)
    part.outlivesSource = tags["outlivesSource"] != nil
    return part
  }
}

/// Paths in a Delta log are URIs: what is percent-encoded in a file's name is encoded once more.
enum DeltaPath {
  static func encode(_ path: String) -> String {
    var text = ""
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"),
        UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "~"):
        text.append(Character(Unicode.Scalar(byte)))
      default: text += PathName.percent(byte)
      }
    }
    return text
  }

  static func decode(_ path: String) -> String { PathName.decode(path) }
}

extension JSONValue {
  static func members(_ members: (String, JSONValue)...) -> JSONValue { .members(Array(members)) }
}
