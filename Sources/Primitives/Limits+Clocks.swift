extension Limits {
  // MARK: being asked for the time

  /// Requests of one host (a /64 of IPv6) that are taken in a second, and how many at once: a burst of every client that
  /// there is fits, and a network of hundreds behind one address. Hosts are told apart by their place among so many; two
  /// that share one share what it allows.
  public static let timeRequestsPerSecond: Int64 = 16
  public static let timeRequestsAtOnce: Int64 = 64
  public static let timeHosts = 65_536
  /// Devices that asked of which it is known when their next row is due; and the time between two rows of one.
  public static let timeDevices = 16_384
  public static let timeRowNanos = Nanos.perMinute
  /// A time that is further away than this from ours cannot be told from a random number.
  public static let timeBelievedNanos = Nanos.perDay
  /// How far a clock may be wrong that nothing in this kernel keeps, but its host: what is told of one that is trusted.
  public static let trustedClockErrorNanos = Nanos.perSecond / 2
  /// How long what the kernel says of its clock is remembered.
  public static let clockLookNanos = Nanos.perSecond

  // MARK: what devices' own times say of their clocks

  /// Devices of one listener whose clocks are followed.
  public static let deviceClocks = 16_384
  /// Times of one device and minute that the median is of, at the most, and those that one lane hands over.
  public static let clockSamples = 16
  public static let clockSamplesPerLane: UInt8 = 8
  /// Places by which a lane knows whose times it has handed over in this minute, and how many times of all devices it hands
  /// over in a second: what comes beyond would cost more than it tells.
  public static let clockPlaces = 8_192
  public static let clockSamplesPerSecond = 4_096
  /// How long after its minute a row is written: so long another lane may take to hand over what came in it.
  public static let clockGraceNanos = Nanos.perSecond
  /// How long what an engine's clock went is counted from one message on. A clock that nobody sets goes wrong by less than
  /// half a second in that time.
  public static let clockBaseNanos = Nanos.perHour
}
