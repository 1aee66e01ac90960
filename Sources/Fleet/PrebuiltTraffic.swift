import Primitives

/// Datagrams that are made before they are sent, for benchmarks: sending them costs the kernel's part and little else.
///
/// Text: `tel,dev=d0007 temp=21.3,hum=55.0,cnt=12345i,bat=3.71 1795176000000000000`, the walks of a thousand devices
/// once a second. The values are those of the deterministic generator that the peers of the benchmarks are measured
/// with, so the figures compare. One pass holds some seconds of device time; `advance()` moves every time in it on, in
/// place, so that the next pass sends new rows.
public struct PrebuiltTraffic: ~Copyable, Sendable {
  /// What the datagrams hold.
  public enum Shape: Sendable, Hashable {
    /// That many lines of four fields each; 18 make some 73 readings and 1,400 bytes.
    case lines(Int)
    /// Line protocol again, each datagram as many whole lines as fit into so many bytes.
    case lineBytes(Int)
    /// A CoAP NON with a SenML-CBOR pack of that many rows of one device, a second apart.
    case pack(rows: Int)
    /// One RFC 5424 message of some 150 bytes, a row's values as structured data.
    case message
    /// NetFlow v5 with that many records, a row's values as each record's counters and ports.
    case flows(records: Int)
  }

  /// How the traffic is made.
  public struct Settings: Sendable {
    /// What each datagram holds.
    public var shape = Shape.lines(18)
    /// Devices, one row a second each.
    public var devices = 1_000
    /// Seconds of device time in one pass; with packs a multiple of their rows.
    public var seconds = 60
    /// The first second, Unix time.
    public var base: Int64 = 1_795_176_000
    /// How many of a line's fields there are, 1…4.
    public var fields = 4
    /// The same seed gives the same bytes.
    public var seed: UInt64 = 42
    /// An `area` tag of that many distinct codes, 0 for none.
    public var areas = 0
    /// Whether packs ask for an answer; those that do not say so by No-Response (RFC 7967).
    public var wantsAnswers = true
    /// Line ends are added so that all datagrams are equally long, as one send with segmentation needs it.
    public var isPadded = false

    /// A minute of a thousand devices, 18 lines a datagram.
    public init() {}
  }

  /// The datagrams.
  public internal(set) var datagrams: DatagramBuffer
  /// Rows of one pass.
  public internal(set) var rows = 0
  /// Rows that stood before each datagram's end.
  private var rowEnds: Slab<UInt32>
  /// Of one pass.
  public var readings: Int { rows * readingsPerRow }
  /// Four, or a line's fields; a syslog message is one.
  public var readingsPerRow: Int { settings.shape == .message ? 1 : settings.fields }
  /// How it was made.
  public let settings: Settings
  /// The time of the first rows as it now stands in the datagrams, Unix time.
  public private(set) var base: Int64
  /// Where in the bytes a time stands: the ten digits of the seconds, a date and time of 19 characters, or a 32-bit
  /// integer.
  var timePositions: Slab<UInt32>
  var timeOffsets: Slab<UInt32>
  /// Where a CoAP message id or a NetFlow sequence stands.
  var idPositions: Slab<UInt32>
  private var nextMessageID: UInt16 = 0

  /// Makes one pass. It takes about 80 bytes a line or a row.
  public init(_ settings: Settings) {
    precondition(settings.devices > 0 && settings.seconds > 0, "BUG: prebuilt traffic of nothing")
    precondition(
      settings.base >= 1_000_000_000 && settings.base < 4_000_000_000, "BUG: a base that is not ten digits and 32 bits")
    let count = settings.devices * settings.seconds
    precondition((1...4).contains(settings.fields), "BUG: lines of \(settings.fields) fields")
    // A row is at most 110 bytes of text, padding included; a pack's row is less, but its head is more.
    let bytes = count * (settings.shape == .message ? 192 : 128) + 4_096
    precondition(bytes < Int(UInt32.max), "BUG: prebuilt traffic of \(bytes) bytes; positions have 32 bits")
    self.settings = settings
    base = settings.base
    datagrams = DatagramBuffer(byteCount: bytes, datagrams: count + 1)
    rowEnds = Slab(capacity: count)
    timePositions = Slab(capacity: count)
    timeOffsets = Slab(capacity: count)
    idPositions = Slab(capacity: count)
    switch settings.shape {
    case .lines(let lines): buildLines(limit: lines, bytes: FleetPlan.datagramBytes)
    case .lineBytes(let bytes): buildLines(limit: Int.max, bytes: bytes)
    case .pack(let rows): buildPacks(rows: rows)
    case .message: buildMessages()
    case .flows(let records): buildFlows(records: records)
    }
  }

  /// Datagrams of one pass.
  public var count: Int { datagrams.count }

  /// Bytes of all datagrams.
  public var byteCount: Int { datagrams.bytes.count }

  /// Rows of the datagrams of `range`.
  public func rowCount(_ range: Range<Int>) -> Int {
    if range.isEmpty { return 0 }
    return Int(rowEnds[range.upperBound - 1]) - (range.lowerBound == 0 ? 0 : Int(rowEnds[range.lowerBound - 1]))
  }

  private mutating func buildLines(limit: Int, bytes: Int) {
    var samples = PrebuiltSamples(seed: settings.seed, devices: settings.devices)
    var line = DatagramBuffer(byteCount: 512, datagrams: 1)
    var linesOpen = 0
    for second in 0..<settings.seconds {
      for device in 0..<settings.devices {
        samples.advance(device)
        line.removeAll()
        line.append("tel,dev=d")
        line.append(decimal: UInt64(device), width: 4)
        if settings.areas > 0 {
          line.append(",area=")
          line.append(decimal: UInt64(20_000 + device % settings.areas), width: 5)
        }
        line.append(" temp=")
        line.append(units: samples[device].temperature, scale: 1)
        appendFurtherFields(samples[device], to: &line)
        line.append(UInt8(ascii: " "))
        let timeAt = line.openByteCount
        line.append(signed: settings.base + Int64(second))
        line.append("000000000\n")
        line.close()
        if linesOpen == limit || (linesOpen > 0 && datagrams.openByteCount + line.bytes.count > bytes) {
          closeBuilt()
          linesOpen = 0
        }
        timePositions.append(UInt32(datagrams.bytes.count + timeAt))
        timeOffsets.append(UInt32(second))
        datagrams.append(line.span(0))
        linesOpen += 1
        rows += 1
      }
    }
    closeBuilt()
    if settings.isPadded { pad() }
  }

  private func appendFurtherFields(_ sample: PrebuiltSamples.Sample, to line: inout DatagramBuffer) {
    if settings.fields > 1 {
      line.append(",hum=")
      line.append(units: sample.humidity, scale: 1)
    }
    if settings.fields > 2 {
      line.append(",cnt=")
      line.append(signed: sample.counter)
      line.append(UInt8(ascii: "i"))
    }
    if settings.fields > 3 {
      line.append(",bat=")
      line.append(units: sample.battery, scale: 2)
    }
  }

  private mutating func buildPacks(rows count: Int) {
    precondition(count > 0 && settings.seconds % count == 0, "BUG: a pass of packs must hold whole packs")
    var samples = PrebuiltSamples(seed: settings.seed, devices: settings.devices)
    let names = ["temp", "hum", "cnt", "bat"].map { Array($0.utf8) }
    for start in stride(from: 0, to: settings.seconds, by: count) {
      for device in 0..<settings.devices {
        let token = UInt64(datagrams.count)
        idPositions.append(UInt32(datagrams.bytes.count + 2))
        CoAPEncoder.appendRequest(
          type: .nonConfirmable, method: .post, messageID: nextMessageID, token: token, tokenBytes: 4,
          path: ["telemetry", "tel"].map { Array($0.utf8) }, contentFormat: .senMLCBOR,
          noResponse: settings.wantsAnswers ? nil : 2 + 8 + 16, to: &datagrams)
        nextMessageID &+= 1
        SenMLCBOREncoder.appendPack(records: 4 * count, to: &datagrams)
        for row in 0..<count {
          samples.advance(device)
          let sample = samples[device]
          let values = [(sample.temperature, 1), (sample.humidity, 1), (sample.counter, 0), (sample.battery, 2)]
          for index in 0..<4 {
            appendRecordHead(device: device, second: start, isFirst: row == 0 && index == 0, hasTime: row > 0)
            SenMLCBOREncoder.append(.name, to: &datagrams)
            SenMLCBOREncoder.appendText(names[index], to: &datagrams)
            SenMLCBOREncoder.append(.value, to: &datagrams)
            SenMLCBOREncoder.appendNumber(
              units: values[index].0, scale: values[index].1, form: .decimalFraction, to: &datagrams)
            if row > 0 {
              SenMLCBOREncoder.append(.time, to: &datagrams)
              SenMLCBOREncoder.appendInteger(Int64(row), to: &datagrams)
            }
          }
          rows += 1
        }
        closeBuilt()
      }
    }
  }

  private mutating func appendRecordHead(device: Int, second: Int, isFirst: Bool, hasTime: Bool) {
    SenMLCBOREncoder.appendRecord(entries: 2 + (isFirst ? 2 : 0) + (hasTime ? 1 : 0), to: &datagrams)
    if !isFirst { return }
    let name = "d\(device.padded(to: 4))/"
    SenMLCBOREncoder.append(.baseName, to: &datagrams)
    SenMLCBOREncoder.appendText(Array(name.utf8), to: &datagrams)
    SenMLCBOREncoder.append(.baseTime, to: &datagrams)
    timePositions.append(UInt32(datagrams.bytes.count + 1))
    timeOffsets.append(UInt32(second))
    SenMLCBOREncoder.appendInteger(settings.base + Int64(second), to: &datagrams)
  }

  mutating func closeBuilt() {
    let fitted = datagrams.close() && rowEnds.append(UInt32(rows))
    precondition(fitted, "BUG: prebuilt traffic does not fit its buffer")
  }

  /// Lengthens every datagram to the longest by line ends, which are no lines.
  private mutating func pad() {
    let longest = (0..<datagrams.count).reduce(0) { max($0, datagrams.range($1).count) }
    var padded = DatagramBuffer(byteCount: longest * datagrams.count, datagrams: datagrams.count)
    var next = 0
    for index in 0..<datagrams.count {
      let range = datagrams.range(index)
      let shift = padded.bytes.count - range.lowerBound
      while next < timePositions.count, Int(timePositions[next]) < range.upperBound {
        timePositions[next] = UInt32(Int(timePositions[next]) + shift)
        next += 1
      }
      padded.append(datagrams.span(index))
      while padded.openByteCount < longest { padded.append(UInt8(ascii: "\n")) }
      padded.close()
    }
    datagrams = padded
  }

  /// Moves all times on by one pass, and gives every CoAP message an id, and every NetFlow datagram a
  /// sequence, that follows the last one given.
  public mutating func advance() {
    base += Int64(settings.seconds)
    precondition(base + Int64(settings.seconds) < 4_294_967_296, "BUG: prebuilt traffic beyond 32 bits of seconds")
    switch settings.shape {
    case .lines, .lineBytes: moveDigits()
    case .message: moveMessageTimes()
    case .pack:
      for index in 0..<timePositions.count {
        write(UInt64(base) + UInt64(timeOffsets[index]), at: Int(timePositions[index]), bytes: 4)
        write(UInt64(nextMessageID), at: Int(idPositions[index]), bytes: 2)
        nextMessageID &+= 1
      }
    case .flows(let records):
      let passes = UInt64((base - settings.base) / Int64(settings.seconds))
      for index in 0..<timePositions.count {
        write(UInt64(base) + UInt64(timeOffsets[index]), at: Int(timePositions[index]), bytes: 4)
        write(passes &* UInt64(rows) &+ UInt64(index * records), at: Int(idPositions[index]), bytes: 4)
      }
    }
  }

  private mutating func moveDigits() {
    for index in 0..<timePositions.count {
      var seconds = UInt64(base) + UInt64(timeOffsets[index])
      var position = Int(timePositions[index]) + 9
      for _ in 0..<10 {
        datagrams.patch(position, with: UInt8(truncatingIfNeeded: 48 + seconds % 10))
        seconds /= 10
        position -= 1
      }
    }
  }

  private mutating func write(_ value: UInt64, at position: Int, bytes: Int) {
    for index in 0..<bytes {
      datagrams.patch(position + index, with: UInt8(truncatingIfNeeded: value >> UInt64(8 * (bytes - 1 - index))))
    }
  }
}
