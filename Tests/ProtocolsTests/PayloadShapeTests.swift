import Protocols
import Testing

/// What payloads say of their codec.
@Suite struct PayloadShapeTests {
  private func shape(_ bytes: [UInt8]) -> PayloadShape { PayloadShape(bytes.span.bytes, 0..<bytes.count) }
  private let filling = [UInt8](repeating: 0xA7, count: 40)

  @Test func unitsOfH264() {
    #expect(shape([0x7C, 0x85] + filling).h264 == PayloadShape.strong)
    #expect(shape([0x5C, 0x01] + filling).h264 == PayloadShape.strong)
    #expect(shape([0x67, 100, 0, 31, 0xAC]).h264 == PayloadShape.strong)
    #expect(shape([0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xCE]).h264 == PayloadShape.strong)
    #expect(shape([0x41, 0x9A] + filling).h264 == PayloadShape.weak)
    #expect(shape([0x7C, 0xC5] + filling).h264 == PayloadShape.against, "a fragment that is all of its unit")
    #expect(shape([0x7C, 0xA5] + filling).h264 == PayloadShape.against, "the reserved bit")
    #expect(shape([0x78, 0, 9, 0x67, 0x42]).h264 == PayloadShape.against, "an aggregate that is cut")
    #expect(shape([0xFC, 0x85] + filling).h264 == PayloadShape.against, "the forbidden bit")
  }

  @Test func unitsOfH265() {
    #expect(shape([0x62, 0x01, 0x93] + filling).h265 == PayloadShape.strong)
    #expect(shape([0x40, 0x01, 0x0C]).h265 == PayloadShape.strong)
    #expect(shape([0x02, 0x01] + filling).h265 == PayloadShape.weak)
    #expect(shape([0x02, 0x01] + filling).h264 == PayloadShape.against)
    #expect(shape([0x7C, 0x85] + filling).h265 == PayloadShape.against)
    #expect(shape([0x02, 0x00] + filling).h265 == PayloadShape.against, "no temporal layer is 0")
  }

  @Test func whatIsNoCodecOfOurs() {
    #expect(shape(Array("<tt:MetadataStream>".utf8)).kind == .metadata)
    #expect(shape(Array("<?xml version='1.0'?>".utf8)).kind == .metadata)
    #expect(shape([0x1F, 0x8B, 8] + filling).kind == .metadata)
    #expect(shape(Array("$EXI".utf8) + filling).kind == .metadata)
    let piece = [0x47] + [UInt8](repeating: 0x42, count: 187)
    #expect(shape(piece + piece).kind == .transportStream && shape(piece + filling).kind == .plain)
    #expect(shape([0, 0, 1, 0xBA, 0x44] + filling).kind == .programStream)
    #expect(shape(piece).h264 == PayloadShape.against && shape([0, 0, 1, 0xBA, 0x44]).h264 == PayloadShape.against)
    #expect(shape([0x41]).h264 == 0)
  }
}
