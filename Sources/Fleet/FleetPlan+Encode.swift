import Primitives

extension FleetPlan {
  /// Rows of one source port as a datagram of lines.
  mutating func writeLines(_ rows: [FleetRow], source: Int, to buffer: inout DatagramBuffer) -> FleetDatagram {
    var datagram = FleetDatagram(transport: .line, source: source, rows: rows.count)
    for row in rows {
      buffer.append(senders[Int(row.device)].lineHead)
      let fields = row.measurement.fields
      for index in fields.indices {
        LineEncoder.appendKey(fields[index].lineKey, isFirst: index == 0, to: &buffer)
        let value = row.values[index]
        switch fields[index].form {
        case .decimal(let scale): LineEncoder.appendDecimal(units: value, scale: scale, to: &buffer)
        case .integer: LineEncoder.appendInteger(value, to: &buffer)
        case .boolean: LineEncoder.appendBoolean(value != 0, to: &buffer)
        case .text: LineEncoder.appendString(FleetMeasurement.versionBytes[Int(value)], to: &buffer)
        }
      }
      LineEncoder.appendTime(row.time, to: &buffer)
      datagram.readings += fields.count
      count(row)
    }
    return finish(datagram, &buffer)
  }

  /// Rows of one device as a POST of a SenML pack: base name and base time in the first record, times relative to it
  /// in the first record of each later row, and in all of that row's records, for a record without time means now.
  mutating func writePack(_ rows: [FleetRow], to buffer: inout DatagramBuffer) -> FleetDatagram {
    let device = Int(rows[0].device)
    let sender = senders[device]
    let fields = sender.measurement.fields
    let number = messages[sender.source]
    messages[sender.source] += 1
    // The first id differs from run to run of different seeds: a port used again soon is less likely to be taken for
    // a repetition.
    let messageID = UInt16(truncatingIfNeeded: UInt64(number) &+ settings.seed &* 0x9E37)
    let datagram = FleetDatagram(
      transport: .coap, source: sender.source, epoch: number >> 16, messageID: messageID,
      token: UInt64(number & 0xFFFF_FFFF), isConfirmable: sender.isConfirmable, measurement: sender.measurement,
      rows: rows.count, readings: rows.count * fields.count)
    CoAPEncoder.appendRequest(
      type: sender.isConfirmable ? .confirmable : .nonConfirmable, method: .post, messageID: messageID,
      token: datagram.token, tokenBytes: 4, path: path + [Array(sender.measurement.name.utf8)],
      contentFormat: .senMLCBOR, to: &buffer)
    SenMLCBOREncoder.appendPack(records: rows.count * fields.count, to: &buffer)
    // Every third device writes doubles, every fifth the shortest float, the others decimal fractions.
    let form: SenMLCBOREncoder.NumberForm =
      device % 3 == 2 ? .double : (device % 5 == 4 ? .shortestFloat : .decimalFraction)
    for (number, row) in rows.enumerated() {
      let offset = (row.time - rows[0].time) / Nanos.perMillisecond
      for index in fields.indices {
        let isFirst = number == 0 && index == 0
        let hasUnit = !fields[index].unit.isEmpty
        SenMLCBOREncoder.appendRecord(
          entries: 2 + (isFirst ? 2 : 0) + (hasUnit ? 1 : 0) + (offset == 0 ? 0 : 1), to: &buffer)
        if isFirst {
          SenMLCBOREncoder.append(.baseName, to: &buffer)
          SenMLCBOREncoder.appendText(sender.baseName, to: &buffer)
          SenMLCBOREncoder.append(.baseTime, to: &buffer)
          SenMLCBOREncoder.appendTime(millis: row.time / Nanos.perMillisecond, to: &buffer)
        }
        SenMLCBOREncoder.append(.name, to: &buffer)
        SenMLCBOREncoder.appendText(fields[index].nameBytes, to: &buffer)
        if hasUnit {
          SenMLCBOREncoder.append(.unit, to: &buffer)
          SenMLCBOREncoder.appendText(fields[index].unitBytes, to: &buffer)
        }
        appendValue(row.values[index], field: fields[index], form: form, to: &buffer)
        if offset != 0 {
          SenMLCBOREncoder.append(.time, to: &buffer)
          SenMLCBOREncoder.appendTime(millis: offset, to: &buffer)
        }
      }
      count(row)
    }
    return finish(datagram, &buffer)
  }

  private func appendValue(
    _ value: Int64, field: FleetMeasurement.Field, form: SenMLCBOREncoder.NumberForm, to buffer: inout DatagramBuffer
  ) {
    switch field.form {
    case .decimal(let scale):
      SenMLCBOREncoder.append(.value, to: &buffer)
      SenMLCBOREncoder.appendNumber(units: value, scale: scale, form: form, to: &buffer)
    case .integer:
      SenMLCBOREncoder.append(.value, to: &buffer)
      SenMLCBOREncoder.appendInteger(value, to: &buffer)
    case .boolean:
      SenMLCBOREncoder.append(.booleanValue, to: &buffer)
      SenMLCBOREncoder.appendBoolean(value != 0, to: &buffer)
    case .text:
      SenMLCBOREncoder.append(.stringValue, to: &buffer)
      SenMLCBOREncoder.appendText(FleetMeasurement.versionBytes[Int(value)], to: &buffer)
    }
  }

  /// Takes a row into the tally.
  private mutating func count(_ row: FleetRow) {
    let fields = row.measurement.fields
    tally.measurements[row.measurement.name, default: FleetTally.MeasurementCount()].count(
      readings: fields.count, isDouble: row.isDouble, isLate: row.isLate)
    if row.isDouble { return }
    tally.note(time: row.time)
    let numbers = tallyFields[Int(row.measurement.rawValue)]
    let group = senders[Int(row.device)].group
    for index in fields.indices {
      guard let value = fields[index].number(row.values[index]) else { continue }
      tally.add(value, time: row.time, group: group, field: numbers[index])
    }
  }

  /// Closes the datagram and counts it.
  mutating func finish(_ datagram: FleetDatagram, _ buffer: inout DatagramBuffer) -> FleetDatagram {
    let bytes = buffer.openByteCount
    let fitted = buffer.close()
    precondition(fitted, "BUG: a datagram of \(bytes) bytes does not fit the buffer")
    tally.transports[datagram.transport, default: FleetTally.TransportCount()].count(datagram, bytes: bytes)
    return datagram
  }
}

extension FleetTally.MeasurementCount {
  mutating func count(readings: Int, isDouble: Bool, isLate: Bool) {
    self.rows += 1
    self.readings += readings
    if isDouble { doubled += 1 }
    if isLate { late += 1 }
  }
}

extension FleetTally.TransportCount {
  mutating func count(_ datagram: FleetDatagram, bytes: Int) {
    datagrams += 1
    self.bytes += bytes
    rows += datagram.rows
    readings += datagram.readings
    events += datagram.events
    if datagram.isConfirmable { confirmable += 1 }
  }
}
