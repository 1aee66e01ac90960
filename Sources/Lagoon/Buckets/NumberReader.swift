import Primitives
import Rollups
import Telemetry

/// Reads numbers down a column, where the scale is mostly that of the row before.
struct NumberReader {
  private var divisorTag: UInt8 = 0
  private var divisor = 1.0
  private var places = 0
  /// The number that was read last.
  private(set) var value = 0.0
  /// How many digits of its payload stand behind the point, if it is a decimal that is summed up exactly; -1 if not.
  @inline(__always) var scale: Int { places <= ExactSum.places ? places : -1 }

  /// Reads a row's value; false if it is no finite number.
  @inline(__always)
  mutating func read(_ tag: UInt8, _ payload: Int64) -> Bool {
    if tag >= 16 {
      if tag != divisorTag {
        divisorTag = tag
        places = ValueTag(rawValue: tag).scale
        divisor = Double(DecimalNumber.powersOfTen[places])
      }
      value = Double(payload) / divisor
    } else if let number = DecimalNumber.double(tag: ValueTag(rawValue: tag), payload: payload) {
      divisorTag = 0
      places = tag == ValueTag.integer.rawValue ? 0 : -1
      value = number
    } else {
      return false
    }
    return value.isFinite
  }
}
