import Primitives
import Registry
import Synchronization
import Sys

/// What the first page of changes sorted, for the pages behind it: so that a page costs what it holds and not what was
/// stored.
///
/// A puller that goes from page to page sees what was there when the first of them was made, as its `version` says; what
/// came since it learns of with the next question. So much of it is kept as a few hundred pages hold; behind that, and
/// where nobody asked for a while, it is made anew.
public final class ChangesCache: Sendable {
  private let lists = Mutex<[Asked: List]>([:])

  /// From which version, by whom, and by which registry.
  struct Asked: Hashable, Sendable {
    var since: Int64
    var scope: DeviceScope
    var registry: UInt64
  }

  private struct List {
    var changes: [BucketChange]
    /// Everything behind it is in the list; nil for everything.
    var begin: BucketChange?
    /// Whether nothing follows the list.
    var isWhole: Bool
    var version: Int64
    var missing: [MissingTable]
    var dataVersion: UInt64
    var usedNanos: Int64
  }

  private static let listsAtMost = 4
  private static let keptNanos = 60 * Nanos.perSecond

  public init() {}

  /// How many of them, which ascend, are not behind a place.
  static func place(behind cursor: BucketChange, in changes: [BucketChange]) -> Int {
    var low = 0
    var high = changes.count
    while low < high {
      let middle = (low + high) / 2
      if cursor < changes[middle] { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// A page of what is known; nil if it must be made anew.
  func answer(_ query: ChangesQuery, _ asked: Asked, dataVersion: UInt64) -> ChangesQuery.Answer? {
    let now = Clock.monotonicNanos()
    let known: List? = lists.withLock { lists in
      for (asked, list) in lists where now - list.usedNanos > Self.keptNanos { lists[asked] = nil }
      lists[asked]?.usedNanos = now
      return lists[asked]
    }
    guard let list = known, query.until == .max else { return nil }
    var start = 0
    if let cursor = query.cursor {
      if let begin = list.begin, cursor < begin { return nil }
      start = Self.place(behind: cursor, in: list.changes)
    } else if list.begin != nil || list.dataVersion != dataVersion {
      return nil
    }
    let page = Array(list.changes[start...].prefix(query.limit))
    let isEnd = start + page.count == list.changes.count
    if isEnd && !list.isWhole && page.count < query.limit { return nil }
    return ChangesQuery.Answer(
      version: list.version, changes: page, next: isEnd && list.isWhole ? nil : page.last, missing: list.missing)
  }

  /// - Parameter changes: what was found behind the question's cursor, sorted.
  func keep(
    _ changes: [BucketChange], of query: ChangesQuery, _ asked: Asked, _ answer: ChangesQuery.Answer,
    dataVersion: UInt64
  ) {
    let list = List(
      changes: Array(changes.prefix(Limits.cachedChanges)), begin: query.cursor,
      isWhole: changes.count <= Limits.cachedChanges, version: answer.version, missing: answer.missing,
      dataVersion: dataVersion, usedNanos: Clock.monotonicNanos())
    lists.withLock { lists in
      if lists.count >= Self.listsAtMost, lists[asked] == nil,
        let oldest = lists.min(by: { $0.value.usedNanos < $1.value.usedNanos })
      {
        lists[oldest.key] = nil
      }
      lists[asked] = list
    }
  }
}
