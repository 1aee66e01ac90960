import API
import Node
import Pipeline
import Primitives

/// Lanes, and the journal that they write.
extension EngineReadModel {
  func laneMetrics() -> [Metric] {
    let lanes = engine.pipeline.laneFacts
    func samples(_ value: (LaneFacts) -> Double?) -> [Metric.Sample] {
      lanes.compactMap { lane in value(lane).map { Metric.Sample($0, labels: [("lane", lane.name)]) } }
    }
    return [
      Metric(
        "thinai_lane_datagrams_total", help: "Datagrams in batches that lanes handed over.", kind: .counter,
        samples: samples { Double($0.commits.datagrams) }),
      Metric(
        "thinai_lane_kernel_dropped_total", help: "Datagrams that the kernel dropped before a lane's sockets.",
        kind: .counter, samples: samples { $0.kernelDropped.map(Double.init) }),
      Metric(
        "thinai_lane_cpu_seconds_total", help: "CPU time of a lane's thread.", kind: .counter,
        samples: samples { $0.cpuNanos.map(Self.seconds) }),
      Metric(
        "thinai_journal_syncs_total", help: "How often batches were made durable.", kind: .counter,
        samples: samples { Double($0.commits.count) }),
      Metric(
        "thinai_journal_sync_seconds_total", help: "Time in which batches were written and made durable.",
        kind: .counter, samples: samples { Self.seconds($0.commits.nanos) }),
      Metric(
        "thinai_journal_lag_seconds",
        help: "How long the last batches were not durable after they were taken; or those of now, if that is longer.",
        kind: .gauge, samples: samples { Self.seconds($0.commits.lagNanos) }),
      Metric(
        "thinai_journal_last_sync_timestamp_seconds", help: "When batches were made durable last.", kind: .gauge,
        samples: samples { Self.seconds($0.commits.last) }),
    ]
  }

  func journalMetrics() -> [Metric] {
    let journal = engine.pipeline.journalFacts
    return [
      Metric(
        "thinai_journal_segments", help: "Files of the journal.", kind: .gauge, value: Double(journal.segments)),
      Metric(
        "thinai_journal_bytes", help: "What is durable in them.", kind: .gauge, value: Double(journal.bytes)),
    ]
  }

  static func seconds(_ nanos: Int64) -> Double { Double(nanos) / Double(Nanos.perSecond) }
  static func seconds(_ nanos: Int64?) -> Double? { nanos.map { Double($0) / Double(Nanos.perSecond) } }
}
