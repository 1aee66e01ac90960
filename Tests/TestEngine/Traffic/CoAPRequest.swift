/// CoAP requests and answers (RFC 7252 section 3), as far as traffic needs them.
enum CoAPRequest {
  static func post(
    _ payload: [UInt8], path: [String], format: UInt8, messageID: UInt16, token: [UInt8], isConfirmable: Bool
  ) -> [UInt8] {
    let head = (isConfirmable ? 0x40 : 0x50) | UInt8(token.count)
    var bytes: [UInt8] = [head, 0x02, UInt8(messageID >> 8), UInt8(messageID & 0xFF)] + token
    var previous = 0
    func option(_ number: Int, _ value: [UInt8]) {
      let delta = number - previous
      previous = number
      // All that is sent here is shorter than 13.
      precondition(delta < 13 && value.count < 13, "BUG: an option that needs a longer form")
      bytes.append(UInt8(delta << 4 | value.count))
      bytes += value
    }
    for segment in path { option(11, Array(segment.utf8)) }
    option(12, [format])
    return bytes + [0xFF] + payload
  }

  /// The message id and the token that a 2.04 answers to in an acknowledgement; nil if it is something else.
  static func acknowledged(_ bytes: [UInt8]) -> (messageID: UInt16, token: [UInt8])? {
    guard bytes.count >= 4, bytes[0] >> 4 == 6, bytes[1] == 0x44 else { return nil }
    let token = bytes[4...].prefix(Int(bytes[0] & 0xF))
    return (UInt16(bytes[2]) << 8 | UInt16(bytes[3]), Array(token))
  }
}
