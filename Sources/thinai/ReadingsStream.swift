import Foundation
import Text

/// All readings of a device, printed as one answer while page after page comes in: memory holds one page.
struct ReadingsStream {
  let client: ServerClient
  let path: String
  let query: [(String, String)]
  private static let rowsPerPage = "10000"
  private static let rowsBegin = Data("\"rows\":[".utf8)
  private static let rowsEnd = Data("],\"next\":".utf8)

  func run() async throws {
    if query.contains(where: { $0 == ("format", "csv") }) { try await printCSV() } else { try await printJSON() }
  }

  private func pageQuery(_ cursor: String?) -> [(String, String)] {
    query + [("limit", Self.rowsPerPage)] + (cursor.map { [("cursor", $0)] } ?? [])
  }

  private func printCSV() async throws {
    var cursor: String?
    var header: Data?
    repeat {
      let page = try await client.page(path, pageQuery(cursor))
      let end = page.body.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? page.body.endIndex
      let own = page.body[..<end]
      // Columns are named once, and again should they change.
      Terminal.write(Array(own == header ? page.body[end...] : page.body[...]))
      header = own
      cursor = page.next
    } while cursor != nil
  }

  /// Rows are copied as the server wrote them: no number is read and written again.
  private func printJSON() async throws {
    var cursor: String?
    var isFirst = true
    repeat {
      let body = try await client.get(path, pageQuery(cursor))
      guard let begin = body.range(of: Self.rowsBegin), let end = body.range(of: Self.rowsEnd, options: .backwards),
        begin.upperBound <= end.lowerBound,
        let object = try? JSONReader.read(Array(body))
      else { throw CommandFailure.failed("cannot read the answer to \(path): it holds no rows") }
      let rows = body[begin.upperBound..<end.lowerBound]
      if isFirst { Terminal.write(Array(body[..<begin.upperBound])) } else if !rows.isEmpty { Terminal.write([0x2C]) }
      Terminal.write(Array(rows))
      isFirst = false
      cursor = object["next"]?.text
    } while cursor != nil
    Terminal.write(Array("],\"next\":null}\n".utf8))
  }
}
