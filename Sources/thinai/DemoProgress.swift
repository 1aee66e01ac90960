import Foundation
import Lagoon
import Sys

/// The demo's line of progress: what came in during the last second, and what became of it.
struct DemoProgress {
  let client: ServerClient
  let data: String

  /// Until the task is cancelled.
  func report() async {
    var before: [String: Any] = [:]
    while !Task.isCancelled {
      try? await Task.sleep(nanoseconds: 1_000_000_000)
      guard !Task.isCancelled, let ledger = try? await client.object("/v1/ledger"),
        let total = ledger["total"] as? [String: Any]
      else { continue }
      func delta(_ key: String) -> Int { DemoCommand.number(total[key]) - DemoCommand.number(before[key]) }
      let refused = Self.named(total["rejected"]) + Self.named(total["rejected_rows"]) + Self.named(total["shed"])
      Terminal.show(
        "\(delta("received")) datagrams/s, \(delta("readings")) readings/s, \(DemoCommand.number(total["stored"])) stored, "
          + "\(DemoCommand.number(total["duplicate"])) duplicates, dropped: \(refused.isEmpty ? "none" : refused.joined(separator: ", ")), "
          + "\(files()) files")
      before = total
    }
  }

  private static func named(_ counts: Any?) -> [String] {
    let counts = counts as? [String: Any] ?? [:]
    return counts.sorted { $0.key < $1.key }.map { "\($0.key) \(DemoCommand.number($0.value))" }
  }

  private func files() -> Int {
    guard let walk = FileManager.default.enumerator(atPath: LagoonNames.tables(in: data)) else { return 0 }
    return walk.reduce(0) { count, entry in
      count + ((entry as? String)?.hasSuffix(LagoonNames.partSuffix) == true ? 1 : 0)
    }
  }
}
