import Primitives

/// The same samples as syslog messages and as NetFlow records, which other receivers are measured with.
extension PrebuiltTraffic {
  /// `<134>1 2026-11-20T12:00:00.000Z d0007 telemetry 1 reading [m@32473 temp="21.3" …] sample within its limits`
  mutating func buildMessages() {
    var samples = PrebuiltSamples(seed: settings.seed, devices: settings.devices)
    for second in 0..<settings.seconds {
      for device in 0..<settings.devices {
        samples.advance(device)
        let sample = samples[device]
        datagrams.append("<134>1 ")
        timePositions.append(UInt32(datagrams.bytes.count))
        timeOffsets.append(UInt32(second))
        // The pass's length of text is final; `moveMessageTimes` writes the time itself.
        datagrams.append("0000-00-00T00:00:00.000Z d")
        datagrams.append(decimal: UInt64(device), width: 4)
        datagrams.append(" telemetry 1 reading [m@32473 temp=\"")
        datagrams.append(units: sample.temperature, scale: 1)
        datagrams.append("\" hum=\"")
        datagrams.append(units: sample.humidity, scale: 1)
        datagrams.append("\" cnt=\"")
        datagrams.append(signed: sample.counter)
        datagrams.append("\" bat=\"")
        datagrams.append(units: sample.battery, scale: 2)
        datagrams.append("\"] sample within its limits")
        rows += 1
        closeBuilt()
      }
    }
    moveMessageTimes()
  }

  /// Writes `YYYY-MM-DDTHH:MM:SS` of every message anew.
  mutating func moveMessageTimes() {
    var text = DatagramBuffer(byteCount: 19, datagrams: 1)
    var written: Int64?
    for index in 0..<timePositions.count {
      let time = base + Int64(timeOffsets[index])
      if time != written {
        written = time
        text.removeAll()
        Self.append(time, to: &text)
      }
      for place in 0..<19 { datagrams.patch(Int(timePositions[index]) + place, with: text.bytes[place]) }
    }
  }

  private static func append(_ seconds: Int64, to text: inout DatagramBuffer) {
    let civil = CivilTime(seconds * Nanos.perSecond, utcOffsetSeconds: 0)
    text.append(decimal: UInt64(civil.date.year), width: 4)
    text.append(UInt8(ascii: "-"))
    text.append(decimal: UInt64(civil.date.month), width: 2)
    text.append(UInt8(ascii: "-"))
    text.append(decimal: UInt64(civil.date.day), width: 2)
    text.append(UInt8(ascii: "T"))
    text.append(decimal: UInt64(civil.secondOfDay / 3_600), width: 2)
    text.append(UInt8(ascii: ":"))
    text.append(decimal: UInt64(civil.secondOfDay / 60 % 60), width: 2)
    text.append(UInt8(ascii: ":"))
    text.append(decimal: UInt64(civil.secondOfDay % 60), width: 2)
  }

  /// NetFlow v5: a header of 24 bytes, then records of 48. The device is the source address; packets, octets and both
  /// ports are its values.
  mutating func buildFlows(records: Int) {
    precondition(
      (1...30).contains(records) && settings.devices * settings.seconds % records == 0,
      "BUG: a pass of flows must hold whole datagrams of at most 30 records")
    var samples = PrebuiltSamples(seed: settings.seed, devices: settings.devices)
    var open = 0
    for second in 0..<settings.seconds {
      let uptimeMillis = 3_600_000 + UInt64(second) * 1_000
      for device in 0..<settings.devices {
        samples.advance(device)
        if open == 0 { appendFlowHeader(records: records, second: second, uptimeMillis: uptimeMillis) }
        appendFlow(device: device, samples[device], uptimeMillis: uptimeMillis)
        rows += 1
        open += 1
        if open == records {
          closeBuilt()
          open = 0
        }
      }
    }
  }

  private mutating func appendFlowHeader(records: Int, second: Int, uptimeMillis: UInt64) {
    datagrams.append(bigEndian: 5, width: 2)
    datagrams.append(bigEndian: UInt64(records), width: 2)
    datagrams.append(bigEndian: uptimeMillis, width: 4)
    timePositions.append(UInt32(datagrams.bytes.count))
    timeOffsets.append(UInt32(second))
    datagrams.append(bigEndian: UInt64(settings.base) + UInt64(second), width: 4)
    datagrams.append(bigEndian: 0, width: 4)
    idPositions.append(UInt32(datagrams.bytes.count))
    datagrams.append(bigEndian: UInt64(rows), width: 4)
    datagrams.append(bigEndian: 0, width: 4)
  }

  private mutating func appendFlow(device: Int, _ sample: PrebuiltSamples.Sample, uptimeMillis: UInt64) {
    datagrams.append(bigEndian: 0x0A00_0000 + UInt64(device), width: 4)
    datagrams.append(bigEndian: 0x0AFF_0001, width: 4)
    // Next hop none; interfaces 1 and 2.
    datagrams.append(bigEndian: 0x0001_0002, width: 8)
    datagrams.append(bigEndian: UInt64(sample.counter), width: 4)
    datagrams.append(bigEndian: UInt64(sample.temperature + 1_000), width: 4)
    datagrams.append(bigEndian: uptimeMillis - 1_000, width: 4)
    datagrams.append(bigEndian: uptimeMillis, width: 4)
    datagrams.append(bigEndian: UInt64(sample.humidity), width: 2)
    datagrams.append(bigEndian: UInt64(sample.battery), width: 2)
    // Flags none, UDP, service 0; systems and masks none.
    datagrams.append(bigEndian: 0x0000_1100, width: 4)
    datagrams.append(bigEndian: 0, width: 8)
  }
}
