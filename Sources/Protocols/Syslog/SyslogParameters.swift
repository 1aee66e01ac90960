import Primitives

/// The parameters of one element of structured data that was found well-formed: where their names and values stand.
///
/// Found once, so that looking for repeated names compares names alone, however long the values are.
struct SyslogParameters {
  /// Start and length of the name, then of the value, 16 bits each.
  private var places = InlineArray<128, UInt64>(repeating: 0)
  private(set) var count = 0
  /// Where the last one ends.
  private(set) var end: Int

  @inline(__always)
  init(_ text: RawSpan, from: Int) {
    end = from
    while count < Limits.syslogParameters, let parameter = SyslogStructuredData.parameter(text, from: end) {
      let name = UInt64(parameter.name.lowerBound) << 48 | UInt64(parameter.name.count) << 32
      places[count] = name | UInt64(parameter.value.lowerBound) << 16 | UInt64(parameter.value.count)
      count += 1
      end = parameter.end
    }
  }

  // Through a span: subscripts of the array itself copy all of it.
  @inline(__always)
  func name(_ index: Int) -> Range<Int> {
    let place = places.span[index]
    let start = Int(place >> 48)
    return start..<start + Int(place >> 32 & 0xFFFF)
  }

  @inline(__always)
  func value(_ index: Int) -> Range<Int> {
    let place = places.span[index]
    let start = Int(place >> 16 & 0xFFFF)
    return start..<start + Int(place & 0xFFFF)
  }

  /// The first parameter from `index` on that has the name of `other`.
  func namesake(of other: Int, from index: Int, _ text: RawSpan) -> Int? {
    let name = name(other)
    var at = index
    while at < count {
      if SyslogStructuredData.isSame(text, self.name(at), name) { return at }
      at += 1
    }
    return nil
  }
}
