extension CharacterSet {
  /// `[:alpha:]`; nil if there is none of that name.
  static func posix(_ name: String) -> CharacterSet? {
    switch name {
    case "alnum": CharacterSet([48...57, 65...90, 97...122])
    case "alpha": CharacterSet([65...90, 97...122])
    case "ascii": CharacterSet([0...127])
    case "blank": CharacterSet([9...9, 32...32])
    case "cntrl": CharacterSet([0...31, 127...127])
    case "digit": digits
    case "graph": CharacterSet([33...126])
    case "lower": CharacterSet([97...122])
    case "print": CharacterSet([32...126])
    case "punct": CharacterSet([33...47, 58...64, 91...96, 123...126])
    case "space": CharacterSet([9...13, 32...32])
    case "upper": CharacterSet([65...90])
    case "word": words
    case "xdigit": CharacterSet([48...57, 65...70, 97...102])
    default: nil
    }
  }

  /// `\pL`, `\p{Lu}`, `\p{Greek}`; nil if there is none of that name. Of scripts only those of neighbours and of
  /// technical texts are known.
  static func unicode(_ name: String) -> CharacterSet? {
    if name == "Any" { return any }
    if let ranges = scripts[name] { return CharacterSet(ranges) }
    guard let wanted = categories[name] else { return nil }
    var set = CharacterSet()
    for category in wanted {
      for range in rangesOfCategories[category] ?? [] { set.insert(range) }
    }
    set.settle()
    return set
  }

  /// Gone through once, for all expressions.
  private static let rangesOfCategories: [Unicode.GeneralCategory: [ClosedRange<UInt32>]] = {
    var out: [Unicode.GeneralCategory: [ClosedRange<UInt32>]] = [:]
    var current = Unicode.GeneralCategory.control
    var begin: UInt32 = 0
    for value in 0...last {
      let category = Unicode.Scalar(value)?.properties.generalCategory ?? .surrogate
      if category == current { continue }
      out[current, default: []].append(begin...value - 1)
      (current, begin) = (category, value)
    }
    out[current, default: []].append(begin...last)
    return out
  }()

  private static let categories: [String: Set<Unicode.GeneralCategory>] = [
    "L": [.uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter],
    "Lu": [.uppercaseLetter], "Ll": [.lowercaseLetter], "Lt": [.titlecaseLetter], "Lm": [.modifierLetter],
    "Lo": [.otherLetter],
    "M": [.nonspacingMark, .spacingMark, .enclosingMark],
    "Mn": [.nonspacingMark], "Mc": [.spacingMark], "Me": [.enclosingMark],
    "N": [.decimalNumber, .letterNumber, .otherNumber],
    "Nd": [.decimalNumber], "Nl": [.letterNumber], "No": [.otherNumber],
    "P": [
      .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation,
    ],
    "Pc": [.connectorPunctuation], "Pd": [.dashPunctuation], "Ps": [.openPunctuation], "Pe": [.closePunctuation],
    "Pi": [.initialPunctuation], "Pf": [.finalPunctuation], "Po": [.otherPunctuation],
    "S": [.mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol],
    "Sm": [.mathSymbol], "Sc": [.currencySymbol], "Sk": [.modifierSymbol], "So": [.otherSymbol],
    "Z": [.spaceSeparator, .lineSeparator, .paragraphSeparator],
    "Zs": [.spaceSeparator], "Zl": [.lineSeparator], "Zp": [.paragraphSeparator],
    "C": [.control, .format, .surrogate, .privateUse],
    "Cc": [.control], "Cf": [.format], "Cs": [.surrogate], "Co": [.privateUse],
  ]

  private static let scripts: [String: [ClosedRange<UInt32>]] = [
    "Latin": [
      0x41...0x5A, 0x61...0x7A, 0xAA...0xAA, 0xBA...0xBA, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2B8, 0x2E0...0x2E4,
      0x1D00...0x1D25, 0x1D2C...0x1D5C, 0x1D62...0x1D65, 0x1D6B...0x1D77, 0x1D79...0x1DBE, 0x1E00...0x1EFF,
      0x2071...0x2071, 0x207F...0x207F, 0x2090...0x209C, 0x212A...0x212B, 0x2132...0x2132, 0x214E...0x214E,
      0x2160...0x2188, 0x2C60...0x2C7F, 0xA722...0xA787, 0xA78B...0xA7CA, 0xA7F2...0xA7FF, 0xAB30...0xAB5A,
      0xAB5C...0xAB64, 0xFB00...0xFB06, 0xFF21...0xFF3A, 0xFF41...0xFF5A,
    ],
    "Greek": [
      0x370...0x373, 0x375...0x377, 0x37A...0x37D, 0x37F...0x37F, 0x384...0x384, 0x386...0x386, 0x388...0x3E1,
      0x3F0...0x3FF, 0x1D26...0x1D2A, 0x1F00...0x1FFE, 0x2126...0x2126,
    ],
    "Cyrillic": [0x400...0x484, 0x487...0x52F, 0x1C80...0x1C88, 0x1D2B...0x1D2B, 0x2DE0...0x2DFF, 0xA640...0xA69F],
    "Han": [
      0x2E80...0x2FD5, 0x3005...0x3005, 0x3007...0x3007, 0x3021...0x3029, 0x3038...0x303B, 0x3400...0x4DBF,
      0x4E00...0x9FFF, 0xF900...0xFAD9, 0x20000...0x323AF,
    ],
    "Hiragana": [0x3041...0x3096, 0x309D...0x309F],
    "Katakana": [0x30A1...0x30FA, 0x30FD...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF6F, 0xFF71...0xFF9D],
    "Hangul": [0x1100...0x11FF, 0x3131...0x318E, 0xA960...0xA97C, 0xAC00...0xD7A3],
    "Thai": [0xE01...0xE3A, 0xE40...0xE5B],
    "Lao": [0xE81...0xEDF],
    "Khmer": [0x1780...0x17F9, 0x19E0...0x19FF],
    "Arabic": [0x600...0x604, 0x606...0x6FF, 0x750...0x77F, 0xFB50...0xFDFF, 0xFE70...0xFEFC],
    "Hebrew": [0x591...0x5F4, 0xFB1D...0xFB4F],
  ]
}
