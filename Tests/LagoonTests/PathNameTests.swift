import Testing

@testable import Lagoon

@Suite struct PathNameTests {
  @Test(arguments: [
    "", "weather", "a b", "%", "100%", "%41", ".hidden", "_delta_log", "events", "Events", "đá", "a/b", "..", "~",
    "a~b",
    "\u{0}\n", "😀",
  ])
  func namesComeBack(name: String) {
    let folder = PathName.encode(name, reserved: TableName.reserved)
    #expect(PathName.decode(folder) == name)
    #expect(!folder.isEmpty && !folder.contains("/") && !folder.hasPrefix(".") && !folder.hasPrefix("_"))
    #expect(!TableName.reserved.contains(folder.lowercased()))
    #expect(folder.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
  }

  @Test func longNamesEndInTheirHash() {
    let (first, second) = (String(repeating: "đ", count: 100) + "1", String(repeating: "đ", count: 100) + "2")
    let folders = [first, second].map { PathName.encode($0, reserved: []) }
    #expect(folders[0] != folders[1] && folders.allSatisfy { $0.utf8.count <= 200 && $0.contains("~") })
    // What is cut is not within an octet's digits.
    #expect(folders.allSatisfy { PathName.decode($0).hasPrefix("đđđ") })
  }

  /// Folders of others, and files of a Delta log: what is no encoding stands for itself.
  @Test(arguments: [("a%zz", "a%zz"), ("a%", "a%"), ("%C3", "\u{FFFD}"), ("a%20b", "a b"), ("a+b", "a+b")])
  func foreignNamesAreRead(folder: String, name: String) {
    #expect(PathName.decode(folder) == name)
  }

  @Test func pathsOfALogAreEncodedOnceMore() {
    let path = "date=2026-11-20/07-%C4%91-01~1.parquet"
    #expect(DeltaPath.encode(path) == "date=2026-11-20/07-%25C4%2591-01~1.parquet")
    #expect(DeltaPath.decode(DeltaPath.encode(path)) == path)
  }

  @Test func columnsHaveNamesOfTheirOwn() {
    #expect(ColumnName.encode("nhiệt độ", taken: []) == "nhi%E1%BB%87t%20%C4%91%E1%BB%99")
    #expect(ColumnName.encode("", taken: []) == "%" && ColumnName.encode("a~b", taken: []) == "a%7Eb")
    #expect(ColumnName.encode("Temp", taken: ["temp"]) == "%54emp")
    #expect(ColumnName.encode("Temp", taken: ["temp", "%54emp"]) == "%54emp__2")
  }
}
