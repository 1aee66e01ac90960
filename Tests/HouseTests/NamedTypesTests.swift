import Foundation
import Testing

/// Every type of the data plane that does something is named by a test.
@Suite struct NamedTypesTests {
  /// Targets above the data plane.
  private static let others: Set<String> = ["API", "thinai"]

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func files(_ folder: String) -> [(path: String, text: String)] {
    let base = root.appendingPathComponent(folder).path
    let paths = FileManager.default.enumerator(atPath: base)?.compactMap { $0 as? String } ?? []
    return paths.filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
      (try? String(contentsOfFile: base + "/" + path, encoding: .utf8)).map { (path, $0) }
    }
  }

  /// Types at the top level of a file that have a function, an initialiser or a computed property, there or in an
  /// extension.
  private static func acting(_ text: String) -> (declared: Set<String>, acting: Set<String>) {
    var declared: Set<String> = []
    var acting: Set<String> = []
    var current: String?
    let declaration =
      #/^(?:@\w+(?:\([^)]*\))? )*(?:(?:public|package|final|indirect) )*(struct|class|enum|actor|extension) ([A-Z]\w*)/#
    let action = #/\bfunc \w|\binit[?(<]|\bsubscript\(|\bvar \w+: [^={]*\{/#
    for line in text.split(separator: "\n") {
      if let found = line.prefixMatch(of: declaration) {
        current = String(found.2)
        if found.1 != "extension" { declared.insert(String(found.2)) }
      } else if let first = line.first, !first.isWhitespace, !"})/@".contains(first) {
        current = nil
      }
      if let current, line.contains(action) { acting.insert(current) }
    }
    return (declared, acting)
  }

  @Test func everyTypeThatActsIsNamedByATest() {
    var named: Set<Substring> = []
    for file in Self.files("Tests") where !file.path.hasSuffix("NamedTypesTests.swift") {
      for match in file.text.matches(of: #/\b[A-Z]\w*/#) { named.insert(match.output) }
    }
    var missing: [String] = []
    var targets: [String: (declared: Set<String>, acting: Set<String>)] = [:]
    for file in Self.files("Sources") {
      let target = file.path.split(separator: "/").first.map(String.init) ?? ""
      if Self.others.contains(target) { continue }
      let found = Self.acting(file.text)
      targets[target, default: ([], [])].declared.formUnion(found.declared)
      targets[target, default: ([], [])].acting.formUnion(found.acting)
    }
    for types in targets.values {
      missing += types.declared.intersection(types.acting).filter { !named.contains(Substring($0)) }
    }
    #expect(missing.sorted() == [], "no test names them")
  }
}
