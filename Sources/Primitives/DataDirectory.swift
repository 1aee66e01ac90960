/// Every name that a node gives to something in its data directory, but for what is Lagoon's (`LagoonNames`: `tables/`,
/// `versions`, `lock`) and for what stands inside of `journal/` (`JournalNames`).
///
/// ```
/// DATA/journal/…                              what is acknowledged and in no part yet
/// DATA/alerts.state                           alarms that last, and what is not told yet
/// DATA/alarms.closed                          alarms that are over
/// DATA/outbox/<receiver>/<number>.outbox      what a receiver is still to be told
/// DATA/audit/<node>/<number>.lines           requests that were answered and are in no part yet
/// DATA/audit/<node>/newest                   the newest of them, by which one that is missing is found
/// DATA/audit/<node>/expired                  which of them retention let go of
/// DATA/soc/<number>.outbox                    what the security operations centre is still to be told
/// DATA/soc/sent                               how far it was told
/// DATA/snmp-engine                            the node's own SNMP engine
/// DATA/first-start                            when the node began to listen
/// <file>.tmp                                  what was being written when the node was killed
/// <file>.damaged                              what could not be read, set aside
/// ```
public struct DataDirectory: Hashable, Sendable {
  public let path: String

  public init(_ path: String) {
    self.path = path
  }

  public var journal: String { path + "/journal" }
  public var alertState: String { path + "/alerts.state" }
  public var closedAlarms: String { path + "/alarms.closed" }
  public var outboxes: String { path + "/outbox" }
  public var audits: String { path + "/audit" }
  public var soc: String { path + "/soc" }
  public static let socSent = "sent"
  public var snmpEngine: String { path + "/snmp-engine" }
  public var firstStart: String { path + "/first-start" }

  private static let outboxExtension = ".outbox"

  /// The name of a file of an outbox.
  public static func outboxFile(_ number: UInt64) -> String { number.padded(to: 20) + outboxExtension }

  /// The number of such a file; nil if it is none.
  public static func number(ofOutboxFile name: String) -> UInt64? {
    guard let number = UInt64(name.prefix(while: { $0 != "." })), name == outboxFile(number) else { return nil }
    return number
  }

  /// The folder of a node's audit. A node's name is a folder's.
  public func audit(node: String) -> String { audits + "/" + node }
  /// In such a folder.
  public static let newestAudit = "newest"
  public static let expiredAudit = "expired"

  private static let auditExtension = ".lines"

  /// The name of a file of lines.
  public static func auditFile(_ number: UInt64) -> String { number.padded(to: 20) + auditExtension }

  /// The number of such a file; nil if it is none.
  public static func number(ofAuditFile name: String) -> UInt64? {
    guard let number = UInt64(name.prefix(while: { $0 != "." })), name == auditFile(number) else { return nil }
    return number
  }

  /// Where the bytes are written that will replace a file.
  public static func temporary(of file: String) -> String { file + temporaryExtension }

  /// Whether a name is that of such bytes.
  public static func isTemporary(_ name: String) -> Bool { name.hasSuffix(temporaryExtension) }

  private static let temporaryExtension = ".tmp"

  /// Where a file goes that cannot be read.
  public static func damaged(_ file: String) -> String { file + ".damaged" }
}
