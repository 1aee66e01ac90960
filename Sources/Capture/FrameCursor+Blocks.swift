import Primitives

internal import Primitives

/// pcapng block types (draft-ietf-opsawg-pcapng section 4).
enum BlockType {
  static let sectionHeader: UInt32 = 0x0A0D_0D0A
  static let interfaceDescription: UInt32 = 1
  /// Obsolete, but still found.
  static let packet: UInt32 = 2
  static let simplePacket: UInt32 = 3
  static let enhancedPacket: UInt32 = 6
}

extension FrameCursor {
  enum Block {
    case frame(Frame)
    /// One without a frame, which was taken in or passed over.
    case other
    case end
  }

  /// How long the block at `position` says it is; its first 12 octets must be there.
  func blockLength(in file: RawSpan) -> Int {
    var swapped = swapped
    if file.word32(position, swapped: false) == BlockType.sectionHeader {
      swapped = file.word32(position + 8, swapped: false) == 0x4D3C_2B1A
    }
    return (Int(file.word32(position + 4, swapped: swapped)) + 3) & ~3
  }

  /// Takes one block.
  mutating func nextBlock(in file: RawSpan, counts: inout CaptureCounts) -> Block {
    let start = position
    let remaining = file.byteCount - start
    if remaining < 12 {
      if remaining > 0 { end(file, .fileCutShort, &counts) }
      return .end
    }
    // The section header's type reads the same in both orders, and its body says which order the section has.
    let type = file.word32(start, swapped: swapped)
    if type == BlockType.sectionHeader && !beginSection(at: start, in: file, counts: &counts) { return .end }
    let stated = Int(file.word32(start + 4, swapped: swapped))
    // Some writers leave the padding out of the length.
    let length = (stated + 3) & ~3
    if stated < 12 {
      end(file, .badRecordLength, &counts)
      return .end
    }
    if length > remaining {
      end(file, stated > Limits.captureFrameBytes ? .badRecordLength : .fileCutShort, &counts)
      return .end
    }
    if Int(file.word32(start + length - 4, swapped: swapped)) != stated { counts.count(.blockLengthMismatch) }
    position = start + length
    let body = (start + 8)..<(start + length - 4)
    var frame: Frame?
    switch type {
    case BlockType.enhancedPacket: frame = enhancedPacket(body, in: file, counts: &counts)
    case BlockType.interfaceDescription: describeInterface(body, in: file, counts: &counts)
    case BlockType.simplePacket: frame = simplePacket(body, in: file, counts: &counts)
    case BlockType.packet: frame = obsoletePacket(body, in: file, counts: &counts)
    default: break
    }
    if let frame { return .frame(frame) }
    return .other
  }

  private mutating func beginSection(at start: Int, in file: RawSpan, counts: inout CaptureCounts) -> Bool {
    switch file.word32(start + 8, swapped: false) {
    case 0x1A2B_3C4D: swapped = false
    case 0x4D3C_2B1A: swapped = true
    default:
      end(file, .badSectionHeader, &counts)
      return false
    }
    interfaces.removeAll(keepingCapacity: true)
    return true
  }

  /// `link type 2 | reserved 2 | snap length 4 | options: code 2, length 2, value padded to 4 …`
  private mutating func describeInterface(_ body: Range<Int>, in file: RawSpan, counts: inout CaptureCounts) {
    guard interfaces.count < Limits.captureInterfaces else {
      counts.count(.malformedBlock)
      return
    }
    guard body.count >= 8 else {
      counts.count(.malformedBlock)
      // It still takes a number, or the frames of the next ones would be read as another link type.
      interfaces.append(CaptureInterface(linkType: .unknown, snapLength: 0))
      return
    }
    var interface = CaptureInterface(
      linkType: LinkType(number: file.word16(body.lowerBound, swapped: swapped)),
      snapLength: Int(file.word32(body.lowerBound + 4, swapped: swapped)))
    var option = body.lowerBound + 8
    while body.upperBound - option >= 4 {
      let code = file.word16(option, swapped: swapped)
      let length = Int(file.word16(option + 2, swapped: swapped))
      let value = option + 4
      if code == 0 { break }
      guard length <= body.upperBound - value else {
        counts.count(.malformedBlock)
        break
      }
      if code == 9 && length >= 1 { interface.scale.resolution = file.byte(value) }
      if code == 14 && length >= 8 {
        interface.scale.offsetSeconds = Int64(bitPattern: file.word64(value, swapped: swapped))
      }
      option = value + (length + 3) & ~3
    }
    interfaces.append(interface)
  }

  /// `interface 4 | time high 4 | time low 4 | captured 4 | on the wire 4 | octets … | options`
  private mutating func enhancedPacket(
    _ body: Range<Int>, in file: RawSpan, counts: inout CaptureCounts
  ) -> Frame? {
    guard body.count >= 20 else {
      counts.count(.malformedBlock)
      return nil
    }
    let number = Int(file.word32(body.lowerBound, swapped: swapped))
    return timedPacket(body, interface: number, in: file, counts: &counts)
  }

  /// `interface 2 | drops 2 | time high 4 | time low 4 | captured 4 | on the wire 4 | octets … | options`
  private mutating func obsoletePacket(
    _ body: Range<Int>, in file: RawSpan, counts: inout CaptureCounts
  ) -> Frame? {
    guard body.count >= 20 else {
      counts.count(.malformedBlock)
      return nil
    }
    let number = Int(file.word16(body.lowerBound, swapped: swapped))
    return timedPacket(body, interface: number, in: file, counts: &counts)
  }

  private mutating func timedPacket(
    _ body: Range<Int>, interface number: Int, in file: RawSpan, counts: inout CaptureCounts
  ) -> Frame? {
    let captured = Int(file.word32(body.lowerBound + 12, swapped: swapped))
    guard captured <= body.count - 20 else {
      counts.count(.malformedBlock)
      return nil
    }
    counts.frames &+= 1
    guard number < interfaces.count else {
      counts.count(.unknownInterface)
      return nil
    }
    let ticks =
      UInt64(file.word32(body.lowerBound + 4, swapped: swapped)) << 32
      | UInt64(file.word32(body.lowerBound + 8, swapped: swapped))
    lastTime = interfaces[number].scale.nanos(ticks: ticks)
    return Frame(
      offset: body.lowerBound + 20, capturedLength: captured,
      wireLength: max(captured, Int(file.word32(body.lowerBound + 16, swapped: swapped))),
      linkType: interfaces[number].linkType, time: lastTime, isTimed: true)
  }

  /// `on the wire 4 | octets …`, of the section's first interface; what was captured follows from its snap length.
  private mutating func simplePacket(_ body: Range<Int>, in file: RawSpan, counts: inout CaptureCounts) -> Frame? {
    guard body.count >= 4 else {
      counts.count(.malformedBlock)
      return nil
    }
    counts.frames &+= 1
    guard let interface = interfaces.first else {
      counts.count(.unknownInterface)
      return nil
    }
    let wireLength = Int(file.word32(body.lowerBound, swapped: swapped))
    var captured = min(wireLength, body.count - 4)
    if interface.snapLength > 0 { captured = min(captured, interface.snapLength) }
    return Frame(
      offset: body.lowerBound + 4, capturedLength: captured, wireLength: wireLength, linkType: interface.linkType,
      time: lastTime, isTimed: false)
  }
}
