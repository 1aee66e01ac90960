@_spi(_Unicode) import Swift

extension String {
  /// The same text in normalisation form C (Unicode annex 15): `Cầu` may be written with three characters or with five,
  /// and is one name. Done wherever names come in, so that bytes can be compared from there on.
  public var composed: String {
    if utf8.allSatisfy({ $0 < 0x80 }) { return self }
    var text = ""
    text.unicodeScalars.append(contentsOf: _nfc)
    return text
  }
}
