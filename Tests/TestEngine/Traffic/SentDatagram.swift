import Primitives

/// A datagram that was made up, and what of it must be found again.
struct SentDatagram {
  enum Content {
    /// Rows of a measurement, as `RowText` writes them.
    case readings(measurement: String, rows: [String])
    /// An event whose message or attributes hold this text.
    case event(mark: String)
    /// What comes of it is judged over several datagrams; what was once answered must stay.
    case stream
    /// Nothing: it is refused.
    case nothing
  }

  /// What an answer to it looks like that says that it is kept; nil if nobody is answered.
  enum Answer {
    /// CoAP 2.04 to this message id and token.
    case changed(messageID: UInt16, token: [UInt8])
    /// A Response to the inform of this request id.
    case response(requestID: UInt32)
  }

  var bytes: [UInt8]
  var source: SourceAddress
  var port: UInt16
  var content: Content
  var answer: Answer?
}
