public import Primitives

extension RowChunk {
  /// One column of a chunk beside the rows' series and times, all of `count` elements: what a sum runs down.
  ///
  /// `tags` are `ValueTag` raw values; a payload means nothing where its tag is `null`.
  public struct ColumnRows: ~Escapable {
    public let series: Span<UInt32>
    public let times: Span<Int64>
    public let tags: Span<UInt8>
    public let payloads: Span<Int64>

    @inlinable
    @_lifetime(copy series, copy times, copy tags, copy payloads)
    init(series: Span<UInt32>, times: Span<Int64>, tags: Span<UInt8>, payloads: Span<Int64>) {
      self.series = series
      self.times = times
      self.tags = tags
      self.payloads = payloads
    }
  }

  /// Reads a column; `body` isn't called if no row has a value in it.
  @inlinable
  public func withColumn(_ column: Int, _ body: (ColumnRows) -> Void) {
    guard column >= 0, column < columns.count, let block = columns[column], count > 0 else { return }
    body(
      ColumnRows(
        series: Span(_unsafeStart: seriesBase, count: count), times: Span(_unsafeStart: timeBase, count: count),
        tags: Span(_unsafeStart: block.tags, count: count),
        payloads: Span(_unsafeStart: block.payloads, count: count)))
  }

  /// Reads the rows' series and times.
  @inlinable
  public func withTimes(_ body: (_ series: Span<UInt32>, _ times: Span<Int64>) -> Void) {
    body(Span(_unsafeStart: seriesBase, count: count), Span(_unsafeStart: timeBase, count: count))
  }

  /// Reads when the rows arrived, `noReceived` where that is close to their time; `body` isn't called if no row says it.
  public func withReceived(_ body: (_ arrivals: Span<Int64>) -> Void) {
    guard let block = receivedBase else { return }
    body(Span(_unsafeStart: block, count: count))
  }
}
