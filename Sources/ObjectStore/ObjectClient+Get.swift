import Primitives
import Sys

/// An object, or a stretch of it, in memory.
public struct StoredBytes: Hashable, Sendable {
  public var bytes: [UInt8]
  /// Of the whole object.
  public var info: ObjectInfo
}

extension ObjectClient {
  /// All bytes under a name, at most so many; nil if nothing has it.
  public func get(_ name: String, longestBytes: Int) throws(ObjectFault) -> StoredBytes? {
    let trial = trial("get", name, moving: longestBytes)
    let request = ObjectRequest(method: .get, key: try key(name, "get"))
    let answer = try runner.run(trial, request, into: GatheredBody(longestBytes: longestBytes))
    if try isMissing(answer, trial) { return nil }
    if answer.head.status != 200 { throw ObjectFault(answer, trial) }
    let info = try info(name, answer.head, byteCount: answer.body.count, trial)
    return StoredBytes(bytes: answer.body, info: info)
  }

  /// The bytes of a stretch, fewer only at the object's end; nil if nothing has the name (RFC 9110 section 14).
  ///
  /// - Parameter tag: the object must still be that one.
  public func get(
    _ name: String, range: Range<Int>, ifTag tag: String? = nil
  ) throws(ObjectFault) -> StoredBytes? {
    let trial = trial("get", name, moving: range.count)
    guard range.lowerBound >= 0, !range.isEmpty else {
      throw ObjectFault(.local, trial.action, "\(range) is no stretch of it")
    }
    let request = stretch(range, of: try key(name, "get"), ifTag: tag)
    let answer = try runner.run(trial, request, into: GatheredBody(longestBytes: range.count))
    if try isMissing(answer, trial) { return nil }
    let byteCount = try total(answer.head, range, received: answer.body.count, answer, trial)
    return StoredBytes(bytes: answer.body, info: try info(name, answer.head, byteCount: byteCount, trial))
  }

  /// What the store knows of a name; nil if nothing has it.
  public func head(_ name: String) throws(ObjectFault) -> ObjectInfo? {
    let trial = trial("look at", name)
    let answer = try runner.run(trial, ObjectRequest(method: .head, key: try key(name, "look at")))
    // There is no body that could say what is missing.
    if answer.head.status == 404 { return nil }
    if answer.head.status != 200 { throw ObjectFault(answer, trial) }
    guard let byteCount = answer.head.contentLength, byteCount >= 0 else {
      throw ObjectFault(.badAnswer, trial.action, "it does not tell its length")
    }
    return try info(name, answer.head, byteCount: byteCount, trial)
  }

  /// Writes an object to a file that must not exist, a piece after another, and makes it durable; nil if nothing has the
  /// name. On failure there is no file. Memory: one buffer of a connection.
  public func download(_ name: String, to path: String) throws(ObjectFault) -> ObjectInfo? {
    let trial = trial("get", name, moving: settings.pieceBytes)
    let key = try key(name, "get")
    let file = try local(trial) { () throws(SystemError) in try File(path, .createExclusive) }
    do throws(ObjectFault) {
      let info = try download(key, name, to: file, trial)
      if info == nil {
        try? FileSystem.unlink(path)
      } else {
        try local(trial) { () throws(SystemError) in try file.synchronizeData() }
      }
      return info
    } catch {
      try? FileSystem.unlink(path)
      throw error
    }
  }

  private func download(
    _ key: String, _ name: String, to file: File, _ trial: RequestRunner.Trial
  ) throws(ObjectFault) -> ObjectInfo? {
    var known: ObjectInfo?
    var offset = 0
    repeat {
      let range = offset..<(offset + settings.pieceBytes)
      let sink = FileBody(file, offset: offset, longestBytes: range.count)
      let answer = try runner.run(trial, stretch(range, of: key, ifTag: known?.tag), into: sink)
      // Nothing is a stretch of an object without bytes.
      if answer.head.status == 416, offset == 0 {
        guard let info = try head(name), info.byteCount == 0 else { throw ObjectFault(answer, trial) }
        return info
      }
      if try isMissing(answer, trial) {
        if known == nil { return nil }
        throw ObjectFault(.changed, trial.action, "it was deleted meanwhile")
      }
      let byteCount = try total(answer.head, range, received: sink.byteCount, answer, trial)
      let info = try info(name, answer.head, byteCount: byteCount, trial)
      if let known, known.byteCount != info.byteCount || known.tag != info.tag {
        throw ObjectFault(.changed, trial.action, "it became another object meanwhile")
      }
      known = info
      offset += sink.byteCount
    } while offset < known?.byteCount ?? 0
    return known
  }

  private func stretch(_ range: Range<Int>, of key: String, ifTag tag: String?) -> ObjectRequest {
    var headers = [Header("Range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")]
    if let tag { headers.append(Header("If-Match", tag)) }
    return ObjectRequest(method: .get, key: key, headers: headers)
  }

  /// Length of the whole object by `Content-Range: bytes 0-9/443`, once that fits what was asked for and what came.
  private func total(
    _ head: TransportHead, _ range: Range<Int>, received: Int, _ answer: ObjectAnswer, _ trial: RequestRunner.Trial
  ) throws(ObjectFault) -> Int {
    // A store that passes over `Range` gives all of it: the same, if it begins there and is short enough.
    if head.status == 200, range.lowerBound == 0 { return received }
    if head.status != 206 { throw ObjectFault(answer, trial) }
    guard let text = head.header("Content-Range"), text.hasPrefix("bytes ") else {
      throw ObjectFault(.badAnswer, trial.action, "it does not tell which stretch it gives")
    }
    let numbers = text.dropFirst("bytes ".count).split(whereSeparator: { $0 == "-" || $0 == "/" }).map { Int($0) }
    guard numbers.count == 3, let first = numbers[0], let last = numbers[1], let total = numbers[2],
      first == range.lowerBound, total > last, last == min(range.upperBound, total) - 1, last - first + 1 == received
    else { throw ObjectFault(.badAnswer, trial.action, "it gives another stretch: \(text.prefix(80))") }
    return total
  }

  /// Whether nothing has the name. A 404 that does not say so comes from somebody else than a store.
  private func isMissing(_ answer: ObjectAnswer, _ trial: RequestRunner.Trial) throws(ObjectFault) -> Bool {
    if answer.head.status != 404 { return false }
    if answer.refusal?.code == "NoSuchKey" { return true }
    throw ObjectFault(answer, trial)
  }

  private func info(
    _ name: String, _ head: TransportHead, byteCount: Int, _ trial: RequestRunner.Trial
  ) throws(ObjectFault) -> ObjectInfo {
    guard let modified = head.header("Last-Modified").flatMap(HTTPDate.parse) else {
      throw ObjectFault(.badAnswer, trial.action, "it does not tell when it was written")
    }
    return ObjectInfo(name: name, byteCount: byteCount, modifiedNanos: modified, tag: head.header("ETag"))
  }

  /// A call on this machine's files.
  func local<Value: ~Copyable>(
    _ trial: RequestRunner.Trial, _ call: () throws(SystemError) -> Value
  ) throws(ObjectFault) -> Value {
    do throws(SystemError) { return try call() } catch { throw ObjectFault(.local, trial.action, "\(error)") }
  }
}
