import Lagoon
import Text

extension JSONWriter {
  /// A value as it was sent: a decimal with exactly its digits.
  mutating func value(_ value: ReadingValue) {
    switch value {
    case .integer(let integer): self.integer(integer)
    case .decimal(let mantissa, let scale): raw(NumberFormat.decimal(mantissa: mantissa, scale: scale))
    case .double(let double): self.double(double)
    case .boolean(let boolean): self.boolean(boolean)
    case .string(let text): string(text)
    }
  }
}
