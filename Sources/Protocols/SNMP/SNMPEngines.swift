public import Primitives

/// What a lane knows of other engines: their clocks (RFC 3414 section 2.3) and the keys of users there.
///
/// Bounded: when there are too many, all are forgotten and learned again, each by its next authenticated message.
public struct SNMPEngines {
  public struct Clock: Sendable {
    public var boots: Int64
    /// The engine's time when it was learned, and when that was.
    var time: Int64
    var monotonicNanos: Int64
    /// The latest time that it sent: RFC 3414's latestReceivedEngineTime.
    public var latestTime: Int64
    /// Where it sent that from.
    public var source: SourceAddress
  }

  private struct UserKey: Hashable {
    var engineID: [UInt8]
    var user: Int
  }

  private var clocks: [[UInt8]: Clock] = [:]
  private var keys: [UserKey: SNMPKeys] = [:]
  /// RFC 3414 section 2.2.3.
  static let lastBoots = Int64(Int32.max)
  /// What an engine's clock may say (RFC 3414 section 2.4). A message may hold any number of 64 bits.
  static let times = 0...Int64(Int32.max)

  /// The keys of a user at an engine; nil if the library lacks the hash.
  func keys(of user: Int, _ users: [SNMPUser], engineID: [UInt8]) -> SNMPKeys? {
    let name = UserKey(engineID: engineID, user: user)
    return keys[name] ?? SNMPKeys(users[user], engineID: engineID)
  }

  /// Keeps keys that a message was made with.
  mutating func remember(_ made: SNMPKeys, of user: Int, engineID: [UInt8]) {
    let name = UserKey(engineID: engineID, user: user)
    if keys[name] != nil { return }
    if keys.count >= Limits.snmpEngines { keys.removeAll() }
    keys[name] = made
  }

  /// What is known of an engine's clock.
  func clock(of engineID: [UInt8]) -> Clock? { clocks[engineID] }

  /// RFC 3414 section 3.2 step 7b: whether an authenticated message of a foreign engine is timely; learns from it.
  mutating func isTimely(
    engineID: [UInt8], boots: Int64, time: Int64, monotonicNanos: Int64, source: SourceAddress
  ) -> Bool {
    if boots >= Self.lastBoots || boots < 0 || !Self.times.contains(time) { return false }
    guard var clock = clocks[engineID] else {
      if clocks.count >= Limits.snmpEngines { clocks.removeAll() }
      clocks[engineID] = Clock(
        boots: boots, time: time, monotonicNanos: monotonicNanos, latestTime: time, source: source)
      return true
    }
    if boots > clock.boots || boots == clock.boots && time > clock.latestTime {
      clock = Clock(boots: boots, time: time, monotonicNanos: monotonicNanos, latestTime: time, source: source)
      clocks[engineID] = clock
      return true
    }
    let elapsed = (monotonicNanos - clock.monotonicNanos) / Nanos.perSecond
    return boots == clock.boots && time >= clock.time + elapsed - Limits.snmpWindowSeconds
  }
}
