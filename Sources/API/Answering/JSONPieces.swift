import Primitives
import Text

/// A JSON object with one long array in it, made element by element; or an array of groups, each with its elements.
struct JSONPieces: PieceSource {
  /// Writes all before the elements: it leaves an object and an array open.
  typealias Part = @Sendable (inout JSONWriter) -> Void

  let heldBytes: Int
  private let head: Part
  private let tail: Part
  private let groups: Groups
  private var json = JSONWriter()
  private var stage = Stage.head
  private var group = 0
  private var element = 0
  private(set) var passingBytes: Range<Int>?

  var rowCount: Int { (0..<groups.count).reduce(0) { $0 + groups.elements($1) } }

  private enum Stage {
    case head, elements, done
  }

  /// Elements in groups.
  struct Groups: Sendable {
    var count: Int
    var elements: @Sendable (_ group: Int) -> Int
    /// Writes what stands before and behind a group's elements.
    var open: @Sendable (_ group: Int, inout JSONWriter) -> Void = { _, _ in }
    var close: @Sendable (_ group: Int, inout JSONWriter) -> Void = { _, _ in }
    var write: @Sendable (_ group: Int, _ element: Int, inout JSONWriter) -> Void
  }

  /// - Parameter tail: writes what stands behind the array, which is closed already.
  init(heldBytes: Int, groups: Groups, head: @escaping Part, tail: @escaping Part) {
    self.heldBytes = heldBytes
    self.groups = groups
    self.head = head
    self.tail = tail
  }

  /// One array of objects.
  init(
    heldBytes: Int, count: Int, head: @escaping Part, tail: @escaping Part,
    element: @escaping @Sendable (Int, inout JSONWriter) -> Void
  ) {
    let groups = Groups(count: 1, elements: { _ in count }) { _, index, json in
      json.object { json in element(index, &json) }
    }
    self.init(heldBytes: heldBytes, groups: groups, head: head, tail: tail)
  }

  mutating func next(to bytes: inout [UInt8]) -> Bool {
    if stage == .done { return false }
    if stage == .head {
      json.beginObject()
      head(&json)
      json.beginArray()
      passingBytes = json.passingBytes
      if groups.count > 0 { groups.open(0, &json) }
      stage = .elements
    }
    while json.bytes.count < Limits.answerPieceBytes && group < groups.count {
      if element < groups.elements(group) {
        groups.write(group, element, &json)
        element += 1
        continue
      }
      groups.close(group, &json)
      group += 1
      element = 0
      if group < groups.count { groups.open(group, &json) }
    }
    if group == groups.count {
      json.endArray()
      tail(&json)
      json.endObject()
      stage = .done
    }
    json.move(to: &bytes)
    return true
  }
}
