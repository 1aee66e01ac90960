/// Composes BER from the inside out. Allocates: it is for answers, of which there are few.
enum BERWriter {
  static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    var result = [tag]
    if content.count < 0x80 {
      result.append(UInt8(content.count))
    } else {
      var octets: [UInt8] = []
      var rest = content.count
      while rest > 0 {
        octets.append(UInt8(rest & 255))
        rest >>= 8
      }
      result.append(0x80 | UInt8(octets.count))
      result += octets.reversed()
    }
    return result + content
  }

  static func sequence(_ parts: [[UInt8]]) -> [UInt8] {
    element(BERElement.sequence, Array(parts.joined()))
  }

  static func octets(_ content: [UInt8]) -> [UInt8] {
    element(BERElement.octetString, content)
  }

  static func integer(_ value: Int64, tag: UInt8 = BERElement.integer) -> [UInt8] {
    var octets = [UInt8(truncatingIfNeeded: value)]
    var rest = value >> 8
    // Until what is left is the sign alone, and the top bit says the same.
    while rest != (octets[octets.count - 1] >= 0x80 ? -1 : 0) {
      octets.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
    return element(tag, octets.reversed())
  }
}
