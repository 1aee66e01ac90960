public import Access
public import Primitives
public import Protocols
import Sys
import Telemetry

extension Configuration {
  /// Half of the processors receive: the others seal and answer.
  public static var automaticLanes: Int { max(1, min(64, ProcessFacts.processors / 2)) }

  /// The processors that so many lanes leave; one at the least.
  static func coresBeside(lanes: Int) -> Int { max(1, min(64, ProcessFacts.processors - lanes)) }
}

/// Everything that a configuration file may say, with what holds when it says nothing.
public struct Configuration: Sendable {
  public var node = "node-01"
  public var data = "./data"
  /// Threads that receive, each with its own sockets.
  public var lanes = Configuration.automaticLanes
  /// Where HTTP is answered.
  public var httpListen = "127.0.0.1:8080"
  /// Whether somebody takes lines by HTTP: who serves does.
  public var takesLines = false
  /// The file of the tokens of who may ask over HTTP; nil if nobody is asked for one.
  public var tokensFile: String?
  /// What answers that are being sent may take together, in bytes.
  public var httpMemoryBytes = Limits.answerBytes
  /// What a browser is shown.
  public var page = Page.auto
  /// A GeoJSON file of areas that the page's map shows.
  public var shapesFile: String?
  /// Origins of pages elsewhere that may ask.
  public var origins: [String] = []
  /// By which files HTTP is answered over TLS; nil for plain HTTP.
  public var httpFiles: HTTPFiles?
  /// Whose tokens are believed beside those of the node's own file.
  public var identity: Identity?
  public var listeners: [ListenerSettings] = []
  public var registry = RegistryFiles()
  /// How much an unacknowledged datagram can lose in a crash.
  public var commitIntervalNanos = 20 * Nanos.perMillisecond
  public var sealIntervalNanos = 5 * Nanos.perMinute
  /// Bytes of unsealed rows at which they are sealed before their time.
  public var sealBytes = 64 << 20
  /// Threads that seal; nil for as many processors as the lanes leave.
  public var sealCores: Int?
  public var compactLevel: Int32 = 9
  /// Threads that compact.
  public var compactCores = Configuration.automaticLanes
  /// `compact: { compat: […] }`: tables whose parts have PLAIN and dictionaries only; `*` is all.
  public var compatibleTables: Set<String> = []
  public var retention = Retention()
  public var zoneName = "Asia/Ho_Chi_Minh"
  public var zone = TimeZoneRules.fixed(offsetSeconds: 7 * 3_600)
  /// A device clock further ahead than this is not believed.
  public var futureNanos = 10 * Nanos.perMinute
  /// A device clock before this was never set; nil for 2020-01-01, and for readings what retention reaches back to.
  public var oldestNanos: UnixNanos?
  public var alerts = AlertSettings()
  public var log = LogSettings()
  /// Where a security operations centre takes messages; nil if it is told nothing.
  public var soc: SOCSettings?

  public init() {}

  /// Where the page's files lie.
  public enum Page: Hashable, Sendable {
    /// Where an installation, or the project's own folder, has them; no page if they are not there.
    case auto
    /// There is none.
    case off
    case folder(String)
  }

  /// Paths of what HTTP over TLS needs.
  public struct HTTPFiles: Hashable, Sendable {
    public var certificate: String
    public var key: String
    /// The authorities of clients; nil if these need no certificate.
    public var clientAuthorities: String?
  }

  /// An issuer of tokens.
  public struct Identity: Hashable, Sendable {
    public var settings: IdentitySettings
    /// A file of the authorities that vouch for the issuer's host; nil for the system's.
    public var authorities: String?
  }

  public struct RegistryFiles: Sendable {
    public var devices: String?
    public var areas: String?
    public var ranges: String?
    /// `admit: known`: devices that the registry does not hold are refused.
    public var knownOnly = false
  }

  /// How long rows are kept, by what they are, in days.
  public struct Retention: Sendable {
    public var readingsDays = 400
    public var eventsDays = 400
    public var rollups5mDays = 800
    public var rollups1hDays = 3_650
    public var auditDays = 800
  }
}

/// A configuration that cannot be used: what, where and why.
public struct ConfigurationError: Error, CustomStringConvertible, Sendable {
  public var description: String

  init(_ description: String) {
    self.description = description
  }

  init(_ file: String, line: Int?, _ cause: String) {
    description = "cannot read configuration \(file)\(line.map { " line \($0)" } ?? ""): \(cause)"
  }
}
