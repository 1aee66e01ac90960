/// One segment of one lane: a file of the journal.
public struct JournalSegment: Hashable, Sendable, Comparable {
  /// The journal's directory, the lanes' parent.
  public var directory: String
  /// The lane that wrote it.
  public var lane: Int
  /// Its number; each lane counts for itself, upwards.
  public var number: UInt64

  /// The segment of that number, whether its file exists or not.
  public init(directory: String, lane: Int, number: UInt64) {
    self.directory = directory
    self.lane = lane
    self.number = number
  }

  /// The directory that the file stands in.
  public var laneDirectory: String { directory + "/" + JournalNames.laneDirectory(lane) }

  /// The file.
  public var path: String { laneDirectory + "/" + JournalNames.segmentFile(number) }

  /// By lane, then by number: the order of replay.
  public static func < (a: JournalSegment, b: JournalSegment) -> Bool {
    (a.lane, a.number) < (b.lane, b.number)
  }
}
