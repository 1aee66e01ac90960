import Primitives
import Text

/// What a receiver gets, with places for what is known only when it is told: `{message}`, `{severity}`, `{device}` …
///
/// A place is a name of small letters in braces; other braces stand for themselves, as JSON has them. In JSON a place
/// within a text gives its value escaped, one outside a whole value.
struct NoticeTemplate: Hashable, Sendable {
  /// How values are written so that they stay values.
  enum Form: Hashable, Sendable {
    case text, json, xml, form

    /// By a content type.
    init(contentType: String) {
      let type = contentType.lowercased().prefix { $0 != ";" }.filter { $0 != " " }
      if type.hasSuffix("json") {
        self = .json
      } else if type.hasSuffix("xml") || type == "text/html" {
        self = .xml
      } else {
        self = type == "application/x-www-form-urlencoded" ? .form : .text
      }
    }
  }

  private enum Piece: Hashable, Sendable {
    case text(String)
    /// Within a JSON text, or in anything that is no JSON.
    case place(NoticeFields.Name)
    /// A whole JSON value.
    case value(NoticeFields.Name)
  }

  /// Why a text is no template.
  struct Flaw: Error, CustomStringConvertible {
    var description: String
  }

  let form: Form
  private var pieces: [Piece] = []

  /// - Parameter form: nil to find it: what reads as a JSON object or array is JSON.
  init(_ text: String, form wanted: Form?) throws(Flaw) {
    if text.utf8.count > Limits.templateBytes {
      throw Flaw(description: "has more than \(Limits.templateBytes) octets")
    }
    form = wanted ?? (Self.looksLikeJSON(text) ? .json : .text)
    pieces = try Self.pieces(text, isJSON: form == .json)
    let places = pieces.count { if case .text = $0 { false } else { true } }
    if places > Limits.templatePlaces { throw Flaw(description: "has more than \(Limits.templatePlaces) places") }
    if form == .json, let cause = Self.flaw(ofJSON: bytes(NoticeFields(id: "", notices: []))) {
      throw Flaw(description: "it is no JSON: \(cause)")
    }
  }

  private static func flaw(ofJSON bytes: [UInt8]) -> String? {
    do throws(JSONReader.Flaw) {
      _ = try JSONReader.read(bytes)
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// An object begins with a brace and a name in quotes; of an array only the whole tells it from a text in brackets.
  private static func looksLikeJSON(_ text: String) -> Bool {
    let dense = text.utf8.lazy.filter { $0 > 0x20 }.prefix(2)
    if dense.first == UInt8(ascii: "{") {
      return dense.count == 1 || dense.last == UInt8(ascii: "\"") || dense.last == UInt8(ascii: "}")
    }
    guard dense.first == UInt8(ascii: "["), let pieces = try? pieces(text, isJSON: true) else { return false }
    return flaw(ofJSON: bytes(pieces, .json, NoticeFields(id: "", notices: []))) == nil
  }

  private static func pieces(_ text: String, isJSON: Bool) throws(Flaw) -> [Piece] {
    var pieces: [Piece] = []
    var plain: [UInt8] = []
    let bytes = Array(text.utf8)
    var (index, isQuoted) = (0, false)
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "{"), let end = nameEnd(bytes, index + 1) {
        let word = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
        guard let name = NoticeFields.Name(rawValue: word) else {
          let known = NoticeFields.Name.allCases.map { "{\($0.rawValue)}" }.sorted().joined(separator: ", ")
          throw Flaw(description: "{\(word)} is none of \(known)")
        }
        if !plain.isEmpty { pieces.append(.text(String(decoding: plain, as: UTF8.self))) }
        plain = []
        pieces.append(isJSON && !isQuoted ? .value(name) : .place(name))
        index = end + 1
        continue
      }
      plain.append(byte)
      index += 1
      if byte == UInt8(ascii: "\"") {
        isQuoted.toggle()
      } else if isJSON, isQuoted, byte == UInt8(ascii: "\\"), index < bytes.count {
        plain.append(bytes[index])
        index += 1
      }
    }
    if !plain.isEmpty { pieces.append(.text(String(decoding: plain, as: UTF8.self))) }
    return pieces
  }

  /// Where the brace stands that ends a name; nil if none begins here.
  private static func nameEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
    var end = start
    while end < bytes.count, (97...122).contains(bytes[end]) || bytes[end] == UInt8(ascii: "_") { end += 1 }
    return end > start && end < bytes.count && bytes[end] == UInt8(ascii: "}") ? end : nil
  }

  // MARK: filling

  func bytes(_ fields: NoticeFields) -> [UInt8] { Self.bytes(pieces, form, fields) }

  /// The same on one line, for a header.
  func line(_ fields: NoticeFields) -> String { String(decoding: bytes(fields), as: UTF8.self) }

  private static func bytes(_ pieces: [Piece], _ form: Form, _ fields: NoticeFields) -> [UInt8] {
    var bytes: [UInt8] = []
    for piece in pieces {
      switch piece {
      case .text(let text): bytes += text.utf8
      case .value(let name): fields.value(name).append(to: &bytes)
      case .place(let name): bytes += escaped(NoticeFields.text(fields.value(name), listing: name), form)
      }
    }
    return bytes
  }

  private static func escaped(_ text: String, _ form: Form) -> [UInt8] {
    switch form {
    case .text: return Array(text.utf8)
    // What stands between the quotes.
    case .json: return Array(JSONValue.string(text).bytes.dropFirst().dropLast())
    case .form: return Array(PercentCoding.encode(text).utf8)
    case .xml:
      var bytes: [UInt8] = []
      for scalar in text.unicodeScalars {
        switch scalar {
        case "&": bytes += "&amp;".utf8
        case "<": bytes += "&lt;".utf8
        case ">": bytes += "&gt;".utf8
        case "\"": bytes += "&quot;".utf8
        case "'": bytes += "&#39;".utf8
        case "\t", "\n", "\r": bytes += String(scalar).utf8
        default: bytes += scalar.value < 32 ? Array("\u{FFFD}".utf8) : Array(String(scalar).utf8)
        }
      }
      return bytes
    }
  }
}

extension NoticeFields {
  /// A value for people; the list of alerts has a line for each.
  fileprivate static func text(_ value: JSONValue, listing name: Name) -> String {
    name == .alerts ? value.elements.map { text($0) }.joined(separator: "\n") : text(value)
  }
}
