/// Removes the files that no version has needed for the grace time, unless another program has brought them back.
struct Vacuum {
  let tables: StoredTables

  func run(graceNanos: Int64) {
    for (name, files) in Dictionary(grouping: tables.retired.takeDue(graceNanos: graceNanos), by: \.table) {
      let live = Set(tables.table(name)?.parts.map(\.path) ?? [])
      // What cannot be removed now is removed by the next start.
      for file in files where !live.contains(file.path) { tables.files.remove(file.path, of: name) }
    }
  }
}
