import Registry
import Testing

/// Rows come behind those of a file, as that file writes them.
@Suite struct RegistryAdditionTests {
  private func added(_ file: String, _ rows: String) throws -> String {
    String(decoding: try RegistryAddition.file(Array(file.utf8), with: Array(rows.utf8)), as: UTF8.self)
  }

  @Test func theyAreWrittenAsTheFileWritesThem() throws {
    #expect(try added("id,class\na,sensor\n", "class,id\nbts,b\n") == "id,class\na,sensor\nb,bts\n")
    // A spreadsheet's: marks, semicolons, CRLF, no end of the last line, more columns, names of its own taste.
    #expect(
      try added("\u{FEFF}Id;CLASS;name;note\r\na;sensor;x;y", "id,class,name\nb,bts,\"Trạm; \"\"B\"\"\"\nc,bts,đ\n")
        == "\u{FEFF}Id;CLASS;name;note\r\na;sensor;x;y\r\nb;bts;\"Trạm; \"\"B\"\"\";\r\nc;bts;đ;\r\n")
    // What is short ends early, what is blank is none.
    #expect(try added("id,class\n", "id,class\n\nb\n,\n") == "id,class\nb,\n")
    #expect(try added("\n", "id,class\nb,bts\n") == "id,class\nb,bts\n")
  }

  @Test func whatHasNoPlaceIsRefused() throws {
    let cases = [
      ("id,class\n", "id,class,colour\nb,bts,red\n", "no column colour"), ("id,class\n", "", "no header row"),
      ("id,class\n", "id\nb,bts\n", "more values"), ("id,class\n", "id\n\"b\n", "not closed"),
    ]
    for (file, rows, cause) in cases {
      #expect {
        try added(file, rows)
      } throws: { error in
        guard case RegistryRefusal.unusable(let text) = error else { return false }
        return text.contains(cause)
      }
    }
    #expect(throws: RegistryRefusal.self) {
      try RegistryAddition.file(Array("id\n".utf8), with: Array("id\n".utf8) + [0xFF, 0x0A])
    }
  }
}
