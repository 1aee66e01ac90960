import Access
import HTTPTypes
import Lagoon
import Primitives
import Registry
import Text

extension APIRoute {
  static let availability = APIRoute(
    "/v1/availability",
    Parameter.optional(
      "from", "to", "area", "class", "domain", "agency", "device", "group_by", "level", "format", "list"),
    access: .permitted(.read)
  ) { call in
    let format = try call.parameters.choice("format", of: ReportFormat.self) ?? .json
    let list = try call.parameters.choice("list", of: AvailabilityList.self)
    if let list, format != .csv {
      throw APIProblem.badParameter("list", value: list.rawValue, cause: "it goes with format=csv")
    }
    let query = try AvailabilityQuery(call)
    let causes = OutageCauses(call.seenAlarms(in: nil).lazy.map(\.alarm))
    let answer = try call.asked {
      try query.run(on: call.view(), directory: call.directory, cause: causes.cause)
    }
    if answer.groups.isEmpty { try call.requireDevice(query.filter.device) }
    switch format {
    case .json: return APIAnswer(json: json(answer, query)).lacking(answer.missing)
    case .csv: return APIAnswer(csv: csv(answer, query, list ?? .groups)).lacking(answer.missing)
    case .html:
      let page = AvailabilityPage(
        answer, query: query, directory: call.directory, visible: call.grant.scope, madeAt: call.model.now)
      return page.answer.lacking(answer.missing)
    }
  }

  private static func json(_ answer: AvailabilityAnswer, _ query: AvailabilityQuery) -> JSONPieces {
    let groups = JSONPieces.Groups(count: answer.groups.count) { group in
      answer.groups[group].outages.count
    } open: { number, json in
      let group = answer.groups[number]
      json.beginObject()
      json.group(group.name, by: query.groupBy)
      json.name("live")
      if let share = group.times.share { json.double(share) } else { json.null() }
      json.name("devices")
      json.integer(group.devices)
      for (name, value) in zip(AvailabilityAnswer.Times.names, group.times.seconds) {
        json.name(name)
        json.double(value)
      }
      json.name("outages")
      json.beginArray()
    } close: { _, json in
      json.endArray()
      json.endObject()
    } write: { group, index, json in
      json.object { json in json.outage(answer.groups[group].outages[index]) }
    }
    return JSONPieces(heldBytes: answer.byteCount, groups: groups) { json in
      json.name("from")
      json.time(answer.from)
      json.name("to")
      json.time(answer.to)
      json.name("groups")
    } tail: { json in
      json.missing(answer.missing)
    }
  }

  private static func csv(
    _ answer: AvailabilityAnswer, _ query: AvailabilityQuery, _ list: AvailabilityList
  ) -> CSVPieces {
    let groupName = query.groupBy == .none ? nil : query.groupBy.rawValue
    var head = CSVWriter()
    if let groupName { head.cell(groupName) }
    switch list {
    case .groups:
      for name in ["live", "devices"] { head.cell(name) }
      for name in AvailabilityAnswer.Times.names { head.cell("\(name)") }
      head.cell("outages")
      head.endRow()
      return CSVPieces(heldBytes: answer.byteCount, head: head, rows: answer.groups.count) { row, csv in
        let group = answer.groups[row]
        if groupName != nil { csv.cell(group.name) }
        csv.cell(group.times.share.map(ReadingValue.double))
        csv.cell(group.devices)
        for value in group.times.seconds { csv.cell(value) }
        csv.cell(group.outages.count)
        csv.endRow()
      }
    case .outages:
      // Where devices are the groups, the group says which it is.
      let isNamed = query.groupBy != .device
      if isNamed { head.cell("device") }
      for name in ["from", "to", "seconds", "cause"] { head.cell(name) }
      head.endRow()
      let places = OutagePlaces(answer)
      return CSVPieces(heldBytes: answer.byteCount, head: head, rows: places.count) { row, csv in
        let (group, outage) = places.outage(row, of: answer)
        if groupName != nil { csv.cell(group.name) }
        if isNamed { csv.cell(outage.device) }
        csv.cell(RFC3339.text(outage.from))
        csv.cell(outage.to.map { RFC3339.text($0) } ?? "")
        csv.cell(outage.seconds)
        csv.cell(outage.cause ?? "")
        csv.endRow()
      }
    }
  }
}

/// What lines of CSV are about.
enum AvailabilityList: String, CaseIterable {
  case groups, outages
}

/// Finds the outages of an answer by one number, group after group.
struct OutagePlaces: Sendable {
  /// How many there are up to the end of each group.
  private var ends: [Int] = []

  init(_ answer: AvailabilityAnswer) {
    var end = 0
    for group in answer.groups {
      end += group.outages.count
      ends.append(end)
    }
  }

  var count: Int { ends.last ?? 0 }

  func outage(
    _ number: Int, of answer: AvailabilityAnswer
  ) -> (group: AvailabilityAnswer.Group, outage: AvailabilityAnswer.Outage) {
    var (low, high) = (0, ends.count)
    while low < high {
      let middle = (low + high) / 2
      if ends[middle] <= number { low = middle + 1 } else { high = middle }
    }
    let group = answer.groups[low]
    return (group, group.outages[number - (ends[low] - group.outages.count)])
  }
}

extension AvailabilityAnswer {
  /// What it holds, about.
  var byteCount: Int { groups.reduce(0) { $0 + 256 + $1.outages.count * 128 } }
}

extension AvailabilityAnswer.Outage {
  var seconds: Double { Double(nanos) / Double(Nanos.perSecond) }
}

extension AvailabilityAnswer.Times {
  /// The interface's names of its parts.
  fileprivate static let names: [StaticString] = [
    "live_seconds", "outage_seconds", "planned_seconds", "unknown_seconds",
  ]

  /// Its parts in seconds, in the order of their names.
  fileprivate var seconds: [Double] {
    [live, outage, planned, unknown].map { Double($0) / Double(Nanos.perSecond) }
  }
}

extension JSONWriter {
  /// The ends stand under two names: those of a range, as everywhere, and those of an alarm.
  fileprivate mutating func outage(_ outage: AvailabilityAnswer.Outage) {
    name("device")
    string(outage.device)
    name("from")
    time(outage.from)
    name("to")
    time(outage.to)
    name("begin")
    time(outage.from)
    name("end")
    time(outage.to)
    name("seconds")
    double(outage.seconds)
    name("cause")
    stringOrNull(outage.cause)
  }
}

extension AvailabilityQuery {
  /// Reads the parameters. Without a range it is the 30 days that end now.
  fileprivate init(_ call: APICall) throws {
    let parameters = call.parameters
    let range = try parameters.range()
    let now = call.model.now
    // What comes is not known.
    let to = min(range.to ?? now, now)
    let (monthBefore, isBeyond) = to.subtractingReportingOverflow(30 * Nanos.perDay)
    let from = range.from ?? (isBeyond ? .min : monthBefore)
    if from >= to {
      let name = range.from == nil ? "to" : "from"
      throw APIProblem.badParameter(
        name, value: parameters.text(name) ?? "", cause: "it is not before now: nothing is known of what comes")
    }
    let (length, isLonger) = to.subtractingReportingOverflow(from)
    if isLonger || length > Limits.availabilityDays * Nanos.perDay {
      throw APIProblem.badParameter(
        "from", value: parameters.text("from") ?? "",
        cause: "there may be \(Limits.availabilityDays) days from it to to, or to now")
    }
    let groupBy = try parameters.choice("group_by", of: GroupBy.self) ?? .none
    self.init(
      from: from, to: to, filter: try call.filter(), groupBy: groupBy, level: try parameters.level(groupBy: groupBy),
      now: now, listeningSince: call.model.listeningSince)
    let kept = call.model.keptSince
    (readingsSince, eventsSince) = (kept.readings, kept.events)
    planned = call.model.plannedWork()
  }
}
