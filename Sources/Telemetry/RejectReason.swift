/// Why a datagram, or one row of it, was refused. A closed set: the case's name in snake case is the metric's label.
public enum RejectReason: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  // any protocol
  /// The payload was larger than a slot, so the kernel cut it.
  case truncated
  /// Nothing, or nothing but line ends and blanks.
  case empty
  /// A gzip, zlib or zstd stream where text was to be.
  case compressed
  /// The source is outside the listener's allow-list.
  case sourceNotAllowed
  /// `admit: known`, and the registry knows neither the device nor the address.
  case unknownDevice
  case tooManyRows
  case tooManyFields
  case tooManyTags
  case nameTooLong
  /// A name that is no UTF-8 text, or holds control characters.
  case badName
  /// A measurement of a name under which the node keeps what it finds out itself.
  case reservedName
  case textTooLong
  case timeOutOfRange
  case integerOutOfRange
  case notANumber
  /// Older than the table's retention.
  case expired

  // InfluxDB line protocol
  case lineMissingMeasurement
  case lineBadTag
  case lineMissingFields
  case lineBadField
  case lineBadValue
  case lineUnclosedQuote
  case lineBadTimestamp

  // CoAP, RFC 7252
  case coapTooShort
  case coapBadVersion
  case coapBadToken
  case coapBadOption
  case coapBadPayloadMarker
  /// A response, an acknowledgement or a reset: nothing that a server of ours asked for.
  case coapNotARequest
  case coapUnknownCriticalOption
  case coapMethodNotAllowed
  case coapNotFound
  case coapUnsupportedFormat
  case coapMissingPayload
  case coapBadBlock
  case coapBodyTooLarge
  case coapBodiesFull
  /// A retransmission of a message that was taken already (RFC 7252 section 4.5): answered again, processed once.
  case duplicateMessage

  // SenML, RFC 8428
  case senmlBadJSON
  case senmlBadCBOR
  case senmlTooDeep
  case senmlNotAPack
  case senmlBadRecord
  case senmlBadName
  case senmlMissingValue
  case senmlSeveralValues
  case senmlUnsupportedVersion
  case senmlUnknownMandatoryField
  /// CBOR tags 2 and 3: integers beyond 64 bits.
  case senmlBigInteger
  case senmlUnsupportedTag

  // SNMP, RFC 3416 and RFC 3414
  /// No SEQUENCE that begins with a version.
  case snmpNotAMessage
  case snmpBadEncoding
  case snmpBadVersion
  case snmpUnknownPDU
  /// A request, a response or a report: nothing that a receiver of notifications owes an answer.
  case snmpNotANotification
  case snmpUnknownCommunity
  case snmpSecurityModel
  case snmpUnknownEngine
  case snmpUnknownUser
  /// The user's level is another: unauthenticated what should be authenticated, or keys that were not given.
  case snmpSecurityLevel
  case snmpWrongDigest
  case snmpNotInTimeWindow
  case snmpCannotDecrypt

  // RTP and RTCP, RFC 3550
  case rtpTooShort
  case rtpBadVersion
  case rtpBadHeader
  /// The first packet of what may be a stream, among other traffic: counted in its stream once a second one follows.
  case rtpUnconfirmed
  case rtcpBadHeader
  case rtcpBadLength
  /// SRTCP (RFC 3711): only who has the keys can read it.
  case rtcpEncrypted

  // WS-Discovery
  case wsdBadXML
  case wsdNotDiscovery

  // captures
  /// A captured datagram that no protocol is known of, by port or by content.
  case unknownProtocol

  /// The label in metrics and in the ledger: `line_bad_value`.
  public var label: String { Self.labels[Int(rawValue)] }

  private static let labels: [String] = allCases.map { snakeCase("\($0)") }
}

/// Why rows that were understood were not stored: the engine could not keep up or had no room. Closed, as above.
public enum ShedReason: UInt8, CaseIterable, Sendable {
  /// The journal's disk had no room.
  case diskFull
  /// The journal could not be written for another cause.
  case journalFailed
  /// The lane's series table was full.
  case seriesLimit
  /// The node's tables or a table's columns were at their limit.
  case tableLimit
  /// Unsealed rows in memory were at their limit: sealing cannot keep up, or has no room.
  case unsealedLimit

  public var label: String { Self.labels[Int(rawValue)] }

  private static let labels: [String] = allCases.map { snakeCase("\($0)") }
}

/// `lineBadValue` → `line_bad_value`; a run of capitals stays one word: `senmlBadJSON` → `senml_bad_json`.
func snakeCase(_ name: String) -> String {
  var result = ""
  let letters = Array(name)
  for (index, letter) in letters.enumerated() {
    let isAfterLower = index > 0 && !letters[index - 1].isUppercase
    let isBeforeLower = index + 1 < letters.count && letters[index + 1].isLowercase
    if letter.isUppercase && index > 0 && (isAfterLower || isBeforeLower) { result.append("_") }
    result.append(Character(letter.lowercased()))
  }
  return result
}
