import Primitives
import Telemetry
import Text

/// One request's lines on their way: some pieces at once, in order, and what became of all of them.
struct LineSession {
  private let model: any WriteModel
  private let prototype: LinePiece
  private var cutter = LineCutter(pieceBytes: Limits.linePieceBytes)
  private let receipts: AsyncStream<LineReceipt>
  private let feed: AsyncStream<LineReceipt>.Continuation
  private var waitedFor: AsyncStream<LineReceipt>.Iterator
  private var inFlight = 0
  private(set) var rows = 0
  private(set) var refusedLines = 0
  private(set) var flawedLines = 0
  private(set) var faults: [LineFault] = []
  /// Whether some lines could not be taken, so that all may be sent again.
  private(set) var isUnavailable = false

  /// - Parameter prototype: a piece without lines.
  init(_ model: any WriteModel, _ prototype: LinePiece) {
    self.model = model
    self.prototype = prototype
    (receipts, feed) = AsyncStream.makeStream()
    waitedFor = receipts.makeAsyncIterator()
  }

  /// Takes lines as they come; false when it makes no sense to go on.
  mutating func take(_ bytes: [UInt8]) async -> Bool {
    cutter.add(bytes)
    await handOver(isLast: false)
    return !isUnavailable
  }

  /// Waits until it is known what became of everything.
  mutating func finish() async {
    if !isUnavailable { await handOver(isLast: true) }
    while inFlight > 0 { await waitForOne() }
  }

  private mutating func handOver(isLast: Bool) async {
    while let cut = cutter.next(isLast: isLast) {
      if inFlight == Limits.linePiecesInFlight { await waitForOne() }
      if isUnavailable { return }
      var piece = prototype
      piece.bytes = cut.bytes
      piece.isCut = cut.isCut
      inFlight += 1
      model.write(piece) { [feed] in feed.yield($0) }
    }
  }

  private mutating func waitForOne() async {
    guard let receipt = await waitedFor.next() else {
      // The request's task was cancelled: nobody waits any more.
      inFlight = 0
      isUnavailable = true
      return
    }
    inFlight -= 1
    if receipt.fate == .unavailable { isUnavailable = true }
    rows += receipt.rows
    refusedLines += receipt.refusedLines
    flawedLines += receipt.flawedLines
    faults += receipt.faults.prefix(max(0, Limits.lineFaults - faults.count))
  }
}
