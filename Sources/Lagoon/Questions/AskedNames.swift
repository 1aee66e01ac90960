import Registry

/// The names that a question is about.
///
/// A name that exists for others alone is as unknown to somebody whose scope is limited as one that nobody ever sent.
struct AskedNames {
  var measurement: String
  var field: String?
  var tags: [String] = []

  /// Runs a question. Names are looked for where it found nothing, or failed: an answer that holds rows proves them.
  func scoped<Answer>(
    _ view: LagoonView, _ directory: any DeviceDirectory, isEmpty: (Answer) -> Bool, run: () throws -> Answer
  ) throws -> Answer {
    if view.scope.isEverything { return try run() }
    let answer: Answer
    do { answer = try run() } catch QueryError.abandoned {
      throw QueryError.abandoned
    } catch {
      try require(view, directory)
      throw error
    }
    if isEmpty(answer) { try require(view, directory) }
    return answer
  }

  private func require(_ view: LagoonView, _ directory: any DeviceDirectory) throws {
    let search = ScopedSearch(view, directory: directory)
    let table = TableName.readings(measurement)
    // Nobody can tell whose rows it holds: whoever asks for it by name is told that it cannot be read.
    if view.unreadable[table] != nil { return }
    if try !search.has(table) { throw QueryError.unknownMeasurement(measurement) }
    if let field, try !search.has(table, field: field) {
      throw QueryError.unknownField(measurement: measurement, field: field)
    }
    for tag in tags where try !search.has(table, tag: tag) {
      throw QueryError.unknownTag(measurement: measurement, tag: tag)
    }
  }
}
