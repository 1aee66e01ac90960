/// What somebody meant who wrote a word that is none of those that are known.
public enum NearestWord {
  /// The known word that is nearest to the one that was written: at most two letters of it are other, missing or too many,
  /// and at most a third of them. nil if none is near, or several are.
  public static func of(_ written: String, among known: some Sequence<String>) -> String? {
    let word = Array(written.lowercased().unicodeScalars)
    var best: (word: String, distance: Int)?
    var isTie = false
    for candidate in known where candidate != written {
      let other = Array(candidate.lowercased().unicodeScalars)
      if abs(other.count - word.count) > 2 { continue }
      let distance = distance(word, other)
      if distance > 2 || distance * 3 > max(word.count, 3) { continue }
      if let found = best, found.distance <= distance {
        if found.distance == distance && found.word != candidate { isTie = true }
        continue
      }
      best = (candidate, distance)
      isTie = false
    }
    return isTie ? nil : best?.word
  }

  /// `; did you mean camera?`, or nothing.
  public static func question(_ written: String, among known: some Sequence<String>) -> String {
    of(written, among: known).map { "; did you mean \($0)?" } ?? ""
  }

  /// How many letters have to be put in, taken out, replaced or swapped with their neighbour.
  private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var before: [Int] = []
    var last = Array(0...b.count)
    for i in 1...max(1, a.count) where i <= a.count {
      var row = [i]
      for j in 1...max(1, b.count) where j <= b.count {
        var least = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { least = min(least, before[j - 2] + 1) }
        row.append(least)
      }
      (before, last) = (last, row)
    }
    return last[b.count]
  }
}
