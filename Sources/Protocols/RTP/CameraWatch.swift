import Primitives
import Synchronization

/// How a node's cameras are: silent, gone, frozen, degraded. Judged by device, not by stream: a device may send several, by
/// several listeners too, and a new one after each restart.
///
/// Shared by the lanes, whose streams may be of one device; asked once a second for each stream. Only video,
/// or a whole device, can be silent: sound and metadata may rest by their nature. Bounded: of more cameras those that were
/// heard the longest ago are forgotten.
public final class CameraWatch: Sendable {
  private struct Camera {
    var hasVideo = false
    var videoType: UInt8 = 0
    var video = UnixNanos.min
    var any = UnixNanos.min
    /// Whether the stream that was heard last took its leave.
    var videoHasLeft = false
    var anyHasLeft = false
    var phase = Phase.live
    var isFrozen = false
    var lastStill = UnixNanos.min
    var isDegraded = false
    var lastBad = UnixNanos.min
  }

  private enum Phase { case live, silent, left }

  /// Who sends: the registry's device, else the address.
  enum Subject: Hashable {
    case device(String)
    case address(SourceAddress)
  }

  /// What a stream is like at the end of a second.
  struct Facts {
    var lastArrival: UnixNanos
    var isVideo: Bool
    /// Nothing is known yet of what it is.
    var isOpen: Bool
    var payloadType: UInt8
    var hasLeft: Bool
    var stands: Bool
    var moves: Bool
    var isBad: Bool
    /// Packets came in this second.
    var isLive: Bool
  }

  /// A change of state, to be told as an event.
  enum Change {
    case silent, active
    case frozen, moving
    case degraded, clear
  }

  private let cameras = Mutex<[Subject: Camera]>([:])
  /// Well again for so long is well.
  private static let clearAfterNanos = 10 * Nanos.perSecond
  private static let movingAfterNanos = 2 * Nanos.perSecond
  private static let leftAfterNanos = Nanos.perSecond / 2

  public init() {}

  /// Takes what one stream is like at `end`; of all of a device's streams before any of them is judged.
  func note(_ subject: Subject, _ facts: Facts, at end: UnixNanos) {
    cameras.withLock { cameras in
      if cameras[subject] == nil && cameras.count >= Limits.cameras { Self.makeRoom(&cameras) }
      Self.note(facts, at: end, in: &cameras[subject, default: Camera()])
    }
  }

  private static func note(_ facts: Facts, at end: UnixNanos, in camera: inout Camera) {
    if facts.lastArrival >= camera.any {
      camera.any = facts.lastArrival
      camera.anyHasLeft = facts.hasLeft
    }
    let isVideo = facts.isVideo || facts.isOpen && camera.hasVideo && facts.payloadType == camera.videoType
    if isVideo {
      camera.hasVideo = true
      if facts.isVideo { camera.videoType = facts.payloadType }
      if facts.lastArrival >= camera.video {
        camera.video = facts.lastArrival
        camera.videoHasLeft = facts.hasLeft
      }
    }
    if facts.stands { camera.lastStill = max(camera.lastStill, end) }
    if facts.isBad { camera.lastBad = max(camera.lastBad, end) }
  }

  /// What has changed of the device, as far as this stream of it shows it; told to one stream alone.
  func judge(_ subject: Subject, _ facts: Facts, at end: UnixNanos, silentNanos: Int64, _ tell: (Change) -> Void) {
    cameras.withLock { cameras in
      guard var camera = cameras[subject] else { return }
      if let change = Self.presence(facts, &camera, end, silentNanos) { tell(change) }
      if facts.stands && !camera.isFrozen {
        camera.isFrozen = true
        tell(.frozen)
      } else if facts.moves && camera.isFrozen && end &- camera.lastStill > Self.movingAfterNanos {
        camera.isFrozen = false
        tell(.moving)
      }
      if facts.isBad && !camera.isDegraded {
        camera.isDegraded = true
        tell(.degraded)
      } else if facts.isLive && camera.isDegraded && end &- camera.lastBad >= Self.clearAfterNanos {
        camera.isDegraded = false
        tell(.clear)
      }
      cameras[subject] = camera
    }
  }

  private static func presence(
    _ facts: Facts, _ camera: inout Camera, _ end: UnixNanos, _ silentNanos: Int64
  ) -> Change? {
    let last = camera.hasVideo ? camera.video : camera.any
    // Of all streams the one that was heard last tells.
    guard facts.lastArrival == last else { return nil }
    let hasLeft = camera.hasVideo ? camera.videoHasLeft : camera.anyHasLeft
    let isQuiet = end &- last >= silentNanos
    switch camera.phase {
    case .live:
      if hasLeft {
        if end &- last >= leftAfterNanos { camera.phase = .left }
        return nil
      }
      if !isQuiet { return nil }
      camera.phase = .silent
      return .silent
    case .silent, .left:
      if hasLeft {
        camera.phase = .left
        return nil
      }
      if isQuiet {
        // It came back and went again, too soon for us to tell.
        if camera.phase == .silent { return nil }
        camera.phase = .silent
        return .silent
      }
      camera.phase = .live
      return .active
    }
  }

  private static func makeRoom(_ cameras: inout [Subject: Camera]) {
    let order = cameras.sorted { $0.value.any < $1.value.any }
    for (subject, _) in order.prefix(max(1, order.count / 16)) { cameras.removeValue(forKey: subject) }
  }

  /// The clock was put back, or another capture begins: nothing was heard later than that.
  func rewind(to now: UnixNanos) {
    cameras.withLock { cameras in
      for subject in Array(cameras.keys) {
        cameras[subject]!.any = min(cameras[subject]!.any, now)
        cameras[subject]!.video = min(cameras[subject]!.video, now)
        cameras[subject]!.lastStill = min(cameras[subject]!.lastStill, now)
        cameras[subject]!.lastBad = min(cameras[subject]!.lastBad, now)
      }
    }
  }
}
