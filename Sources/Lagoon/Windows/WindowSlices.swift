import Primitives

/// Slices of time, counted from 1970, of which the newest so many have a place, round and round.
struct WindowSlices {
  let sliceNanos: Int64
  let places: Int
  /// The number of the slice of now.
  let newest: Int64

  /// One slice, from `start` until before `end`.
  struct Slice {
    var start: UnixNanos
    var end: UnixNanos
    /// Where it is kept, if it is.
    var place: Int
    var isOver: Bool
    var isAhead: Bool
  }

  /// The slice of no time.
  var none: Slice { Slice(start: .max, end: .min, place: 0, isOver: true, isAhead: false) }

  /// The number of the oldest slice that has a place.
  var oldest: Int64 { newest - Int64(places) + 1 }

  /// From the oldest slice until after the newest.
  var span: Range<UnixNanos> { oldest * sliceNanos..<(newest + 1) * sliceNanos }

  func number(of time: UnixNanos) -> Int64 { flooredDivision(time, by: sliceNanos) }

  func place(of number: Int64) -> Int { Int(number - flooredDivision(number, by: Int64(places)) * Int64(places)) }

  @inline(never)
  func slice(of time: UnixNanos) -> Slice {
    let span = span
    // What is far off needs no bounds, which might be beyond all time.
    if time < span.lowerBound {
      return Slice(start: .min, end: span.lowerBound, place: 0, isOver: true, isAhead: false)
    }
    if time >= span.upperBound {
      return Slice(start: span.upperBound, end: .max, place: 0, isOver: false, isAhead: true)
    }
    let number = number(of: time)
    return Slice(
      start: number * sliceNanos, end: (number + 1) * sliceNanos, place: place(of: number), isOver: false,
      isAhead: false)
  }
}
