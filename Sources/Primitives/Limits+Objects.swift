extension Limits {
  // MARK: objects in a store on the network

  /// Of an answer that says something (a list, an error): S3 writes a thousand names a page, each at most 1,024 octets,
  /// which percent-encoding makes three times as long.
  public static let objectAnswerBytes = 8 << 20
  /// How deep its elements stand, and how many there are.
  public static let objectAnswerDepth = 16
  public static let objectAnswerElements = 100_000
  /// Pages of one list. A thousand names each.
  public static let objectListPages = 10_000
  /// Of a name, its prefix included (S3: "Creating object key names").
  public static let objectNameBytes = 1_024
  /// Names in one request that deletes (S3: DeleteObjects).
  public static let objectDeletedAtOnce = 1_000
  /// Parts of an upload, and how many there may be (S3: "Multipart upload limits"; the least that S3 takes is 5 MiB).
  public static let objectPartBytes = 8 << 20...64 << 20
  public static let objectParts = 10_000
  /// How often an upload is begun anew because another writer came between.
  public static let objectUploadRestarts = 4
  /// A file of credentials.
  public static let objectCredentialsBytes = 1 << 20
  /// What is left of a probe or of an upload is another node's at work until it is as old as this.
  public static let objectLeftoverNanos = Nanos.perDay
  /// How far the store's clock may be from ours before a refusal is put down to that (S3: 15 minutes).
  public static let objectClockErrorNanos = 5 * Nanos.perMinute
}
