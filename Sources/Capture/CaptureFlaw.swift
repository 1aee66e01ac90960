/// What was wrong with the file, or with a datagram that was delivered all the same. A closed set, counted beside the
/// frames: no flaw takes a frame out of the account.
public enum CaptureFlaw: UInt8, CaseIterable, Sendable {
  /// A datagram of which the capture kept only the beginning (snap length): its payload is what there is.
  case datagramCutByCapture
  /// The UDP length says more than the IP packet holds (RFC 768): the payload is what the packet holds.
  case udpLengthBeyondIP
  /// The UDP length is less than its own header of 8 octets: the payload is empty.
  case udpLengthTooShort
  /// The packet has room for the UDP ports, but not for the whole UDP header: the payload is empty.
  case udpHeaderCut
  /// A fragmented packet that was not whole after `Limits.reassemblySeconds` of capture time.
  case reassemblyExpired
  /// A fragmented packet that gave way to newer ones, because there is a bound on what is kept.
  case reassemblyEvicted
  /// A fragmented packet that was still not whole at the end of the file.
  case reassemblyUnfinished
  /// The pieces of a fragmented packet that were not of one packet: its number was given anew before it was whole.
  case reassemblyMixed
  /// A frame without a time of its own: its time is 0, or its block has none.
  case frameWithoutTime
  /// A frame whose time is more than an hour from those of the frames around it: theirs was taken.
  case timeOutOfLine
  /// Octets of a TCP connection that the capture lacks, in a stream of RTP.
  case streamGap
  /// The file ends within a record or block, or its compressed content ends or breaks off.
  case fileCutShort
  /// A record or block whose length cannot be: what follows it cannot be found, so reading ends there.
  case badRecordLength
  /// A pcapng block whose two lengths differ; the first was believed.
  case blockLengthMismatch
  /// A pcapng block whose contents do not fit it.
  case malformedBlock
  /// A pcapng section header without a known byte order.
  case badSectionHeader

  /// The label in counts: `udp_length_beyond_ip`.
  public var label: String {
    switch self {
    case .datagramCutByCapture: "datagram_cut_by_capture"
    case .udpLengthBeyondIP: "udp_length_beyond_ip"
    case .udpLengthTooShort: "udp_length_too_short"
    case .udpHeaderCut: "udp_header_cut"
    case .reassemblyExpired: "reassembly_expired"
    case .reassemblyEvicted: "reassembly_evicted"
    case .reassemblyUnfinished: "reassembly_unfinished"
    case .reassemblyMixed: "reassembly_mixed"
    case .frameWithoutTime: "frame_without_time"
    case .timeOutOfLine: "time_out_of_line"
    case .streamGap: "stream_gap"
    case .fileCutShort: "file_cut_short"
    case .badRecordLength: "bad_record_length"
    case .blockLengthMismatch: "block_length_mismatch"
    case .malformedBlock: "malformed_block"
    case .badSectionHeader: "bad_section_header"
    }
  }
}
