/// Text as it is searched: without marks and capitals, however it was composed. "Quy Nhơn" becomes "quy nhon".
const marks = /\p{M}+/gu;

export function fold(text) {
  return (text ?? "").normalize("NFD").replace(marks, "").toLowerCase().replaceAll("đ", "d");
}

/// Whether every word that is looked for stands in a folded text.
export function matches(folded, words) {
  return words.every((word) => folded.includes(word));
}

/// What was typed, as words to look for.
export function wordsOf(text) {
  return fold(text).split(/\s+/).filter((word) => word !== "");
}
