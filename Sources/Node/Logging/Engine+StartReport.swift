import Intake
public import Logging
import Pipeline
import Primitives
import Protocols
import Registry

extension Engine {
  /// Logs what is worth knowing at the start, once the sockets are open.
  ///
  /// - Parameter file: the configuration's; nil if there is none.
  public func reportStart(version: String, file: String?, to log: Logger) {
    log.info(
      "thinai \(version) starts as node \(configuration.node)",
      metadata: [
        "configuration": "\(file ?? "the defaults")", "data": "\(configuration.data)",
        "devices": "\(pipeline.currentRegistry.inForce.devices.count)", "lanes": "\(configuration.lanes)",
      ])
    reportRecovery(to: log)
    reportListeners(to: log)
  }

  private func reportRecovery(to log: Logger) {
    let recovery = pipeline.recovery
    if recovery.segments > 0 {
      log.notice(
        """
        recovered \(recovery.rows) rows from \(recovery.segments) journal segments (\(recovery.duplicates) duplicates, \
        \(recovery.tornTailBytes) bytes of torn tails cut, \(recovery.damagedBytes) damaged bytes set aside)
        """)
    } else {
      log.info("recovered nothing: the journal holds no rows")
    }
    for file in recovery.quarantineFiles { log.warning("set aside damaged bytes in \(file)") }
    for segment in recovery.unreadable { log.warning("cannot read journal \(segment); it stays where it is") }
  }

  private func reportListeners(to log: Logger) {
    for listener in configuration.listeners {
      if listener.capture.source != nil {
        log.info("captures on \(listener.place) for \(listener.name)")
      } else if listener.ports != nil {
        log.info("listens on \(listener.place) for \(listener.name)")
      }
    }
    var wantedBytes = 0
    for grant in pipeline.grants {
      // The ports of a range were told as one.
      let isOfRange = configuration.listeners.contains { $0.name == grant.listener && $0.ports != nil }
      if !isOfRange { log.info("listens on \(grant.address) for \(grant.listener)") }
      if grant.grantedBytes < grant.wantedBytes { wantedBytes = max(wantedBytes, grant.wantedBytes) }
    }
    if wantedBytes > 0 {
      log.warning(
        """
        the kernel grants smaller receive buffers than asked for; bursts may be dropped (and counted): \
        sysctl -w net.core.rmem_max=\(wantedBytes) lifts the limit
        """)
    }
  }
}
