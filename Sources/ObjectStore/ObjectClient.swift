import Primitives
import Sys

/// Objects under a prefix of a bucket in an S3-compatible store (S3 API Reference, 2006-03-01).
///
/// ```
/// ObjectClient     what is asked, under which condition, and what an answer means
///   RequestRunner  signs, tries again, waits
///     ObjectTransport  carries one request: HTTPTransport, or a script
/// ```
///
/// The calling thread waits: a plain one. Tasks ask by `AsyncObjectClient`.
public struct ObjectClient: Sendable {
  public let location: ObjectLocation
  public var settings: ObjectSettings
  let runner: RequestRunner

  /// A client that speaks HTTP.
  ///
  /// - Parameter authorities: a file of certificates in PEM that the store's must come from; nil for the system's.
  public init(
    _ location: ObjectLocation, credentials: CredentialsSource, authorities: String? = nil,
    settings: ObjectSettings = ObjectSettings()
  ) throws(ObjectFault) {
    self.init(
      location, credentials: credentials, settings: settings,
      transport: try HTTPTransport(authorities: authorities, settings: settings))
  }

  /// A client over any transport, with any clock and any dice.
  public init(
    _ location: ObjectLocation, credentials: CredentialsSource, settings: ObjectSettings = ObjectSettings(),
    transport: any ObjectTransport, clock: any ObjectClock = MachineClock(),
    random: @escaping @Sendable () -> UInt64 = Self.random
  ) {
    self.location = location
    self.settings = settings
    runner = RequestRunner(credentials: credentials, transport: transport, clock: clock, random: random)
  }

  private init(_ location: ObjectLocation, _ settings: ObjectSettings, _ runner: RequestRunner) {
    self.location = location
    self.settings = settings
    self.runner = runner
  }

  /// The machine's dice.
  public static let random: @Sendable () -> UInt64 = {
    var dice = Randomness()
    return dice.next()
  }

  /// The same store, with a longer prefix; connections are shared.
  public func folder(_ name: String) throws(ObjectFault) -> ObjectClient {
    var inner = location
    inner.prefix = try key(name, "use")
    return ObjectClient(inner, settings, runner)
  }

  /// The store and the prefix, for messages.
  public var label: String { "\(location) at \(location.endpointText)" }

  /// The key of a name, if one can be.
  func key(_ name: String, _ verb: String) throws(ObjectFault) -> String {
    let key = location.key(name)
    if let cause = ObjectLocation.fault(ofName: key) { throw ObjectFault(.local, action(verb, name), cause) }
    return key
  }

  /// `put object s3://bucket/prefix/name at http://host:port`
  func action(_ verb: String, _ name: String) -> String {
    "\(verb) object \(location)/\(name) at \(location.endpointText)"
  }

  func trial(_ verb: String, _ name: String, moving byteCount: Int = 0) -> RequestRunner.Trial {
    RequestRunner.Trial(
      action: action(verb, name), location: location, settings: settings, byteCount: byteCount)
  }

  /// Like `trial`, for what is asked of the bucket.
  func trial(ofAll verb: String) -> RequestRunner.Trial {
    RequestRunner.Trial(
      action: "\(verb) \(location) at \(location.endpointText)", location: location, settings: settings)
  }

  /// What a document says, or that it says nothing.
  func understood<Content>(
    _ trial: RequestRunner.Trial, _ read: () throws(StoreDocument.Fault) -> Content
  ) throws(ObjectFault) -> Content {
    do throws(StoreDocument.Fault) { return try read() } catch {
      throw ObjectFault(.badAnswer, trial.action, error.description)
    }
  }
}
