import Sys

/// The figures as text for people and as JSON.
enum Report {
  static func table(_ figures: [Figure]) -> String {
    let whatWidth = figures.map(\.what.count).max() ?? 0
    let unitWidth = figures.map(\.unit.count).max() ?? 0
    var text = left("", whatWidth) + right("median", 11) + right("least", 11) + right("most", 11) + "  "
    text += left("unit", unitWidth) + right("allocations", 13) + "\n"
    for figure in figures {
      text += left(figure.what, whatWidth) + right(number(figure.median), 11) + right(number(figure.least), 11)
      text += right(number(figure.most), 11) + "  " + left(figure.unit, unitWidth)
      text += right(figure.allocations == 0 ? "0" : number(figure.allocations, decimals: 6), 13) + "\n"
    }
    return text
  }

  /// Replaces the file.
  static func writeJSON(_ figures: [Figure], to path: String) throws(SystemError) {
    // The names are ours: nothing in them needs an escape.
    let lines = figures.map { figure in
      "{\"what\":\"\(figure.what)\",\"unit\":\"\(figure.unit)\",\"median\":\(figure.median),"
        + "\"least\":\(figure.least),\"most\":\(figure.most),\"allocations\":\(figure.allocations)}"
    }
    let file = try File(path, .readWrite)
    try file.truncate(to: 0)
    try file.write(all: Array("[\n\(lines.joined(separator: ",\n"))\n]\n".utf8))
  }

  private static func number(_ value: Double, decimals: Int = 2) -> String {
    let power = (0..<decimals).reduce(1.0) { product, _ in product * 10 }
    let scaled = Int((value * power).rounded())
    let fraction = String(scaled % Int(power))
    return "\(scaled / Int(power))." + String(repeating: "0", count: decimals - fraction.count) + fraction
  }

  private static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
