extension PatternReader {
  /// `[a-z\d[:alpha:]]`
  mutating func bracket(foldsCase: Bool) throws(PatternError) -> CharacterSet {
    let begin = position
    position += 1
    let isInverted = accept("^")
    var set = CharacterSet()
    var isFirst = true
    while let next = peek, next != "]" || isFirst {
      isFirst = false
      if next == "[", position + 1 < text.count, text[position + 1] == ":", let named = try posixClass() {
        set.formUnion(named)
        continue
      }
      if next == "\\", let named = try classEscape() {
        set.formUnion(named)
        continue
      }
      let first = position
      let low = try member(of: begin)
      var high = low
      if peek == "-", position + 1 < text.count, text[position + 1] != "]" {
        position += 1
        high = try member(of: begin)
        if high < low { throw PatternError("invalid character class range", fragment(first, position)) }
      }
      set.insert(low.value...high.value)
    }
    if !accept("]") { throw PatternError("missing closing ]", fragment(begin, text.count)) }
    set.settle()
    set.foldsCase = foldsCase
    if isInverted {
      if foldsCase { set = set.closedOverCases }
      set = set.inverted
    }
    return set
  }

  private mutating func member(of begin: Int) throws(PatternError) -> Unicode.Scalar {
    guard let next = peek else { throw PatternError("missing closing ]", fragment(begin, text.count)) }
    if next == "\\" { return try characterEscape() }
    position += 1
    return next
  }

  private mutating func posixClass() throws(PatternError) -> CharacterSet? {
    let begin = position
    var end = position + 2
    while end + 1 < text.count, !(text[end] == ":" && text[end + 1] == "]") { end += 1 }
    if end + 1 >= text.count { return nil }
    var name = fragment(begin + 2, end)
    position = end + 2
    let isInverted = name.hasPrefix("^")
    if isInverted { name.removeFirst() }
    guard let set = CharacterSet.posix(name) else {
      throw PatternError("invalid character class range", fragment(begin, position))
    }
    return isInverted ? set.inverted : set
  }

  /// `\d`, `\pL` and their like; nil if no class stands at the backslash.
  mutating func classEscape() throws(PatternError) -> CharacterSet? {
    guard position + 1 < text.count else { return nil }
    let begin = position
    let kind = text[position + 1]
    switch kind {
    case "d", "D", "s", "S", "w", "W":
      position += 2
      let small = kind == "d" || kind == "D" ? CharacterSet.digits : kind == "s" || kind == "S" ? .spaces : .words
      return kind.properties.isUppercase ? small.inverted : small
    case "p", "P":
      position += 2
      var isInverted = kind == "P"
      guard let next = peek else { throw PatternError("invalid character class range", fragment(begin, position)) }
      position += 1
      var name = String(next)
      if next == "{" {
        let first = position
        while let scalar = peek, scalar != "}" { position += 1 }
        name = fragment(first, position)
        if !accept("}") { throw PatternError("invalid character class range", fragment(begin, text.count)) }
      }
      if name.hasPrefix("^") {
        isInverted.toggle()
        name.removeFirst()
      }
      guard let set = CharacterSet.unicode(name) else {
        throw PatternError("invalid character class range", fragment(begin, position))
      }
      return isInverted ? set.inverted : set
    default: return nil
    }
  }

  /// One character behind a backslash.
  mutating func characterEscape() throws(PatternError) -> Unicode.Scalar {
    let begin = position
    position += 1
    guard let kind = peek else { throw PatternError("trailing backslash at end of expression", "") }
    position += 1
    switch kind {
    case "a": return "\u{07}"
    case "f": return "\u{0C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "v": return "\u{0B}"
    case "x": return try hexadecimal(from: begin)
    case "0"..."7":
      // A single digit but 0 would be a reference to a group, which a linear machine has not.
      if kind != "0", !(peek.map { ("0"..."7").contains($0) } ?? false) { break }
      var value = kind.value - 48
      for _ in 0..<2 {
        guard let digit = peek, ("0"..."7").contains(digit) else { break }
        value = value * 8 + digit.value - 48
        position += 1
      }
      return Unicode.Scalar(value) ?? "\u{FFFD}"
    default:
      if kind.value < 0x80, !UInt8(kind.value).isWord { return kind }
    }
    throw PatternError("invalid escape sequence", fragment(begin, position))
  }

  private mutating func hexadecimal(from begin: Int) throws(PatternError) -> Unicode.Scalar {
    var value: UInt32 = 0
    var digits = 0
    let isBraced = accept("{")
    while let digit = peek?.hexadecimalValue, isBraced || digits < 2 {
      value = min(value * 16 + digit, CharacterSet.last + 1)
      digits += 1
      position += 1
    }
    let isClosed = isBraced ? digits > 0 && accept("}") : digits == 2
    guard isClosed, let scalar = Unicode.Scalar(value) else {
      throw PatternError("invalid escape sequence", fragment(begin, position + 1))
    }
    return scalar
  }
}

extension CharacterSet {
  /// With the other cases of its characters, so that it can be inverted. Large ranges have all cases inside.
  fileprivate var closedOverCases: CharacterSet {
    var out = self
    for range in ranges where range.count <= 4096 {
      for value in range {
        for other in Unicode.Scalar(value)?.otherCases ?? [] { out.insert(other.value...other.value) }
      }
    }
    out.settle()
    out.foldsCase = false
    return out
  }
}
