public import Telemetry

// Codes 32 to 47: CoAP, RFC 7252.
extension RejectReason {
  public static let coapTooShort = RejectReason(rawValue: 32)
  public static let coapBadVersion = RejectReason(rawValue: 33)
  public static let coapBadToken = RejectReason(rawValue: 34)
  public static let coapBadOption = RejectReason(rawValue: 35)
  public static let coapBadPayloadMarker = RejectReason(rawValue: 36)
  /// A response, an acknowledgement or a reset: nothing that a server of ours asked for.
  public static let coapNotARequest = RejectReason(rawValue: 37)
  public static let coapUnknownCriticalOption = RejectReason(rawValue: 38)
  public static let coapMethodNotAllowed = RejectReason(rawValue: 39)
  public static let coapNotFound = RejectReason(rawValue: 40)
  public static let coapUnsupportedFormat = RejectReason(rawValue: 41)
  public static let coapMissingPayload = RejectReason(rawValue: 42)
  public static let coapBadBlock = RejectReason(rawValue: 43)
  public static let coapBodyTooLarge = RejectReason(rawValue: 44)
  public static let coapBodiesFull = RejectReason(rawValue: 45)
}

// Codes 48 to 63: SenML, RFC 8428.
extension RejectReason {
  public static let senmlBadJSON = RejectReason(rawValue: 48)
  public static let senmlBadCBOR = RejectReason(rawValue: 49)
  public static let senmlTooDeep = RejectReason(rawValue: 50)
  public static let senmlNotAPack = RejectReason(rawValue: 51)
  public static let senmlBadRecord = RejectReason(rawValue: 52)
  public static let senmlBadName = RejectReason(rawValue: 53)
  public static let senmlMissingValue = RejectReason(rawValue: 54)
  public static let senmlSeveralValues = RejectReason(rawValue: 55)
  public static let senmlUnsupportedVersion = RejectReason(rawValue: 56)
  public static let senmlUnknownMandatoryField = RejectReason(rawValue: 57)
  /// CBOR tags 2 and 3: integers beyond 64 bits.
  public static let senmlBigInteger = RejectReason(rawValue: 58)
  public static let senmlUnsupportedTag = RejectReason(rawValue: 59)
}

extension CoAPRoom {
  static let reasons = [
    NamedReason(.coapTooShort, "coap_too_short"), NamedReason(.coapBadVersion, "coap_bad_version"),
    NamedReason(.coapBadToken, "coap_bad_token"), NamedReason(.coapBadOption, "coap_bad_option"),
    NamedReason(.coapBadPayloadMarker, "coap_bad_payload_marker"),
    NamedReason(.coapNotARequest, "coap_not_a_request"),
    NamedReason(.coapUnknownCriticalOption, "coap_unknown_critical_option"),
    NamedReason(.coapMethodNotAllowed, "coap_method_not_allowed"), NamedReason(.coapNotFound, "coap_not_found"),
    NamedReason(.coapUnsupportedFormat, "coap_unsupported_format"),
    NamedReason(.coapMissingPayload, "coap_missing_payload"), NamedReason(.coapBadBlock, "coap_bad_block"),
    NamedReason(.coapBodyTooLarge, "coap_body_too_large"), NamedReason(.coapBodiesFull, "coap_bodies_full"),
    NamedReason(.senmlBadJSON, "senml_bad_json"), NamedReason(.senmlBadCBOR, "senml_bad_cbor"),
    NamedReason(.senmlTooDeep, "senml_too_deep"), NamedReason(.senmlNotAPack, "senml_not_a_pack"),
    NamedReason(.senmlBadRecord, "senml_bad_record"), NamedReason(.senmlBadName, "senml_bad_name"),
    NamedReason(.senmlMissingValue, "senml_missing_value"), NamedReason(.senmlSeveralValues, "senml_several_values"),
    NamedReason(.senmlUnsupportedVersion, "senml_unsupported_version"),
    NamedReason(.senmlUnknownMandatoryField, "senml_unknown_mandatory_field"),
    NamedReason(.senmlBigInteger, "senml_big_integer"), NamedReason(.senmlUnsupportedTag, "senml_unsupported_tag"),
  ]
}
