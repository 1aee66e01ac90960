public import Primitives

/// When devices were heard last. Each has a number, so that what comes again and again needs no name to be looked up.
public struct HeardTimes: Sendable {
  private var numbers: [String: Int32] = [:]
  private(set) var times: ContiguousArray<UnixNanos> = []

  public init() {}

  /// nil of whom nothing was heard.
  public subscript(device: String) -> UnixNanos? { numbers[device].map { times[Int($0)] } }

  public var count: Int { times.count }
  public var isEmpty: Bool { times.isEmpty }

  /// By device.
  public var all: [String: UnixNanos] { numbers.mapValues { times[Int($0)] } }

  /// The number of a device, of which nothing may have been heard yet.
  mutating func number(of device: String) -> Int32 {
    if let number = numbers[device] { return number }
    let number = Int32(times.count)
    numbers[device] = number
    times.append(.min)
    return number
  }

  /// Notes the times of rows, from one on, by the numbers of their series' devices; below 0 for none.
  @inline(__always)
  mutating func note(
    _ series: Span<UInt32>, from first: Int, at numbers: ContiguousArray<Int32>, time: (Int) -> UnixNanos
  ) {
    let numbers = numbers.span
    var known = times.mutableSpan
    for row in first..<series.count {
      let number = Int(numbers[Int(series[row])])
      if number < 0 { continue }
      let time = time(row)
      if time > known[number] { known[number] = time }
    }
  }
}

extension HeardTimes: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, UnixNanos)...) {
    self.init(Dictionary(elements, uniquingKeysWith: max))
  }

  public init(_ all: [String: UnixNanos]) {
    for (device, time) in all { times[Int(number(of: device))] = time }
  }
}

extension HeardTimes: Equatable {
  public static func == (one: HeardTimes, other: HeardTimes) -> Bool { one.all == other.all }
}
