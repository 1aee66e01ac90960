import Testing

@testable import PromQL

@Suite struct PatternTests {
  @Test(arguments: [
    ("a|b", "a", true), ("a|b", "ab", false), ("tram-.*", "tram-", true), ("tram-.*", "tram-\n", false),
    (".*", "", true), (".+", "", false), ("(?i)CẦU", "cầu", true), ("[^a-c]+", "xyz", true), ("[^a-c]+", "xaz", false),
    (#"\d{2,3}"#, "12", true), (#"\d{2,3}"#, "1234", false), (#"\w+\s\S+"#, "a_1 ạ", true), (#"\pL+"#, "Phường", true),
    (#"\p{Lu}\P{Lu}*"#, "Quy", true), ("[[:alpha:]]+", "ab1", false), (#"[\]x-]+"#, "]-x", true),
    ("a?b*c+?", "bbc", true),
    (#"\Qa.b\E"#, "a.b", true), (#"\Qa.b\E"#, "axb", false), (#"\bx\b"#, "x", true), (#"x\By"#, "xy", true),
    ("(?s).", "\n", true), (".", "\n", false), ("(a|ab)(c|bcd)", "abcd", true), (#"\x41\x{1EA1}\101"#, "AạA", true),
    ("a{0}", "", true), ("a{,2}", "a{,2}", true), ("(?P<n>x)+", "xxx", true), ("^a$", "a", true), ("(?m)a$", "a", true),
    ("(?i)[k-l]", "\u{212A}", true), ("(?i)[^k]", "K", false), ("|a", "", true), (#"\p{Greek}"#, "Ω", true),
  ])
  func wholeTextsMatch(pattern: String, text: String, isMatch: Bool) throws {
    #expect(try Pattern(pattern).matches(text) == isMatch)
  }

  @Test(arguments: [
    ("a(", "missing closing )"), ("a)", "unexpected )"), ("[a", "missing closing ]"),
    ("a**", "invalid nested repetition operator"), ("*", "missing argument to repetition operator"),
    ("a{1001}", "invalid repeat count"), ("(a{100}){100}", "invalid repeat count"), ("a{2,1}", "invalid repeat count"),
    ("[b-a]", "invalid character class range"), (#"\1"#, "invalid escape sequence"),
    (#"\p{Nothing}"#, "invalid character class range"), ("(?=a)", "invalid or unsupported Perl syntax"),
    ("(?P<n>a)(?P<n>b)", "duplicate capture group name"), (#"a\"#, "trailing backslash at end of expression"),
  ])
  func whatIsNoneIsRefused(pattern: String, cause: String) {
    #expect {
      try Pattern.requireWhole(pattern)
      _ = try Pattern(pattern)
    } throws: {
      ($0 as? PatternError)?.cause == cause
    }
  }

  @Test(arguments: [
    ("(.*)-(\\d+)", "$2/$1", "bts-07", "07/bts"), ("(?P<kind>[a-z]+).*", "${kind}s", "cam-1", "cams"),
    ("(a)?(b)", "[$1|$2]", "b", "[|b]"), ("(.*)", "$$1 $x $", "v", "$1  $"), ("(a+?)(a*)", "$1,$2", "aaa", "a,aa"),
    ("(x*)(x*)", "$1,$2", "xx", "xx,"), ("((a)|b)*", "$2", "ab", "a"), (".*", "$0!", "ạ", "ạ!"),
  ])
  func capturesArePutIn(pattern: String, template: String, text: String, wanted: String) throws {
    #expect(try Pattern(pattern).expanded(template, for: text) == wanted)
  }

  @Test func hostilePatternsEnd() throws {
    let slow = try Pattern("(a*)*(a|aa)+(a?){50}" + String(repeating: "a?", count: 100))
    #expect(slow.matches(String(repeating: "a", count: 500)))
    #expect(!slow.matches(String(repeating: "a", count: 500) + "b"))
    for nested in [
      String(repeating: "(", count: 50_000), String(repeating: "(a|", count: 5_000),
      String(repeating: "((((a?){10}){10}){10}){10}", count: 10), String(repeating: "[[:alpha:]", count: 5_000),
      String(repeating: "(?:x{1000}|y{1000})", count: 200), "a{99999999999999999999999}", "\\x{FFFFFFFFFFFF}",
    ] {
      #expect(throws: PatternError.self) { _ = try Pattern(nested) }
    }
  }

  @Test func partsOfTheMachine() throws {
    var reader = PatternReader("(a){2}|[b-d]")
    let node: PatternNode = try reader.read()
    #expect(node.repetitions == 2 && reader.captureNames.count == 2)
    let program = try PatternProgram(node, of: "")
    #expect(program.steps.count > 5 && program.sets.count == 1)
    #expect(PatternMachine(program, keepsCaptures: true).match("aa", captures: 2) == [0, 2, 1, 2])
    #expect(CharacterSet([1...2, 3...4, 9...9]).ranges == [1...4, 9...9])
    #expect(CharacterSet([0...4]).inverted.ranges == [5...CharacterSet.last])
  }
}
