internal import Primitives

/// Rows that are added to a file of the registry, written as that file writes its own: its separator, its line ends, its
/// columns in their order.
public enum RegistryAddition {
  /// The file with rows of another one behind its own.
  ///
  /// - Parameters:
  ///   - file: as it is; what stands in it stays, octet by octet.
  ///   - rows: a file of its own, with a header that names columns of the first one.
  /// - Throws: `RegistryRefusal.unusable` if one of both cannot be read, or a value has no column to stand in.
  public static func file(_ file: [UInt8], with rows: [UInt8]) throws(RegistryRefusal) -> [UInt8] {
    if file.allSatisfy({ $0 == 0x0A || $0 == 0x0D || $0 == 0x20 }) { return rows }
    do {
      return try joined(file, rows)
    } catch let error as DelimitedTextError {
      throw .unusable("cannot add rows to the registry: \(error)")
    } catch let error as RegistryRefusal {
      throw error
    } catch {
      throw .unusable("cannot add rows to the registry: \(error)")
    }
  }

  private static func joined(_ file: [UInt8], _ rows: [UInt8]) throws -> [UInt8] {
    var known = DelimitedText(file)
    var added = DelimitedText(rows)
    guard try nextFilled(&known), try nextFilled(&added) else {
      throw RegistryRefusal.unusable("cannot add rows to the registry: there is no header row")
    }
    let columns = names(known)
    // Where the value of each of their columns stands here.
    var places: [Int] = []
    for name in names(added) {
      guard let place = columns.firstIndex(of: name) else {
        throw RegistryRefusal.unusable("cannot add rows to the registry: its file has no column \(name)")
      }
      places.append(place)
    }
    let end: [UInt8] = file.contains(0x0D) ? [0x0D, 0x0A] : [0x0A]
    var result = file
    if let last = file.last, last != 0x0A, last != 0x0D { result += end }
    while try nextFilled(&added) {
      guard added.count <= places.count else {
        throw RegistryRefusal.unusable(
          "cannot add rows to the registry: line \(added.line) has more values than the header")
      }
      var values = [String](repeating: "", count: columns.count)
      for column in 0..<added.count {
        guard let text = added.text(column) else {
          throw RegistryRefusal.unusable("cannot add rows to the registry: line \(added.line) is not in UTF-8")
        }
        values[places[column]] = text
      }
      for (index, value) in values.enumerated() {
        if index > 0 { result.append(known.delimiter) }
        append(value, to: &result, delimiter: known.delimiter)
      }
      result += end
    }
    return result
  }

  private static func nextFilled(_ text: inout DelimitedText) throws(DelimitedTextError) -> Bool {
    while try text.nextRow() {
      if !text.isBlank { return true }
    }
    return false
  }

  private static func names(_ header: DelimitedText) -> [String] {
    (0..<header.count).map { column in
      String((header.text(column) ?? "").filter { !$0.isWhitespace }).lowercased()
    }
  }

  /// In quotes if it would not come back as it is without them.
  private static func append(_ value: String, to bytes: inout [UInt8], delimiter: UInt8) {
    let quote = UInt8(ascii: "\"")
    let isPlain = value.utf8.allSatisfy { $0 != delimiter && $0 != quote && $0 != 0x0A && $0 != 0x0D }
    if isPlain {
      bytes += value.utf8
      return
    }
    bytes.append(quote)
    for byte in value.utf8 {
      if byte == quote { bytes.append(quote) }
      bytes.append(byte)
    }
    bytes.append(quote)
  }
}
