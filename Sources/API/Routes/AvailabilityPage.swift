import Cryptography
import HTTPTypes
import Lagoon
import Primitives
import Registry
import Text

/// Availability as a page to print, in Vietnamese: nothing in it runs, and nothing of it comes from elsewhere.
struct AvailabilityPage {
  private let report: AvailabilityAnswer
  private let query: AvailabilityQuery
  private let directory: RegistryDirectory
  private let visible: DeviceScope
  private let madeAt: UnixNanos

  /// - Parameter visible: what exists for who asks.
  init(
    _ report: AvailabilityAnswer, query: AvailabilityQuery, directory: RegistryDirectory, visible: DeviceScope,
    madeAt: UnixNanos
  ) {
    self.visible = visible
    self.report = report
    self.query = query
    self.directory = directory
    self.madeAt = madeAt
  }

  private static let style = """
    body{font:14px/1.4 system-ui,"Noto Sans",sans-serif;margin:2em;color:#111}
    h1{font-size:1.5em;margin:0 0 .3em}h2{font-size:1.15em;margin:1.6em 0 .4em}p{margin:.2em 0}
    table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:.25em .5em;text-align:left;vertical-align:top}
    th{background:#eee}.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
    .lacking{border:1px solid #a00;padding:.5em;margin:1em 0}
    @page{size:A4;margin:15mm}
    @media print{body{margin:0;font-size:10pt}thead{display:table-header-group}tr{break-inside:avoid}h2{break-after:avoid}}
    """

  /// Nothing is loaded, run, framed or sent; that style alone counts.
  private static let policy: String = {
    let hash = Base64URL.encode(DigestAlgorithm.sha256.digest(Array(style.utf8)) ?? [])
    let letters = hash.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
    return "default-src 'none'; style-src 'sha256-\(String(letters))='; base-uri 'none'; form-action 'none'; "
      + "frame-ancestors 'none'"
  }()

  var answer: APIAnswer {
    let places = OutagePlaces(report)
    let (page, groups, outages) = (self, report.groups.count, places.count)
    let pieces = HTMLPieces(
      heldBytes: report.byteCount, rowCount: groups, pieces: groups + outages + 3
    ) { piece, html in
      switch piece {
      case 0: page.writeHead(to: &html)
      case 1..<(groups + 1): page.write(page.report.groups[piece - 1], to: &html)
      case groups + 1: page.writeMiddle(count: outages, to: &html)
      case ..<(groups + 2 + outages):
        let (group, outage) = places.outage(piece - groups - 2, of: page.report)
        page.write(outage, of: group, to: &html)
      default: html.markup(outages > 0 ? "</tbody></table></body></html>\n" : "</body></html>\n")
      }
    }
    var answer = APIAnswer(pieces, contentType: "text/html; charset=utf-8")
    answer.headers[Self.policyHeader] = Self.policy
    answer.headers[Self.referrerHeader] = "no-referrer"
    return answer
  }

  private static let policyHeader = HTTPField.Name("Content-Security-Policy")!
  private static let referrerHeader = HTTPField.Name("Referrer-Policy")!

  // MARK: parts of the page

  private func writeHead(to html: inout HTMLWriter) {
    html.markup("<!DOCTYPE html>\n<html lang=vi><head><meta charset=utf-8>")
    html.markup("<meta name=viewport content=\"width=device-width\">")
    html.markup("<title>Báo cáo tỷ lệ hoạt động</title><style>")
    html.ours(Self.style)
    html.markup("</style></head>\n<body><h1>Báo cáo tỷ lệ hoạt động của thiết bị</h1>\n<p>Kỳ báo cáo: từ ")
    html.text("\(text(report.from)) đến \(text(report.to)) (giờ \(offset))")
    html.markup("</p>\n<p>Phạm vi: ")
    html.text(scope)
    html.markup("</p>\n<p>Lập lúc: ")
    html.text(text(madeAt))
    html.markup("</p>\n")
    if !report.missing.isEmpty {
      html.markup("<p class=lacking>Báo cáo chưa đủ dữ liệu, không đọc được: ")
      html.text(report.missing.map(\.table).joined(separator: ", "))
      html.markup("</p>\n")
    }
    html.markup("<h2>Tỷ lệ hoạt động</h2>\n")
    if report.groups.isEmpty {
      html.markup("<p>Không có thiết bị nào phải gửi bản tin trong kỳ.</p>\n")
      return
    }
    html.markup("<table><thead><tr><th>")
    html.text(Self.title(of: query.groupBy))
    html.markup("</th><th class=n>Số thiết bị</th><th class=n>Tỷ lệ hoạt động</th><th class=n>Số lần gián đoạn</th>")
    html.markup("<th class=n>Tổng thời gian gián đoạn</th><th class=n>Công việc theo kế hoạch</th>")
    html.markup("<th class=n>Không xác định</th></tr></thead>\n<tbody>\n")
  }

  private func write(_ group: AvailabilityAnswer.Group, to html: inout HTMLWriter) {
    html.markup("<tr>")
    html.cell(label(group.name))
    html.number(String(group.devices))
    html.number(Self.percent(group.times))
    html.number(String(group.outages.count))
    html.number(Self.duration(group.times.outage))
    html.number(Self.duration(group.times.planned))
    html.number(Self.duration(group.times.unknown))
    html.markup("</tr>\n")
  }

  private func writeMiddle(count: Int, to html: inout HTMLWriter) {
    if !report.groups.isEmpty { html.markup("</tbody></table>\n") }
    html.markup("<p>Công việc theo kế hoạch và thời gian không xác định không tính vào tỷ lệ.</p>\n")
    html.markup("<h2>Các lần gián đoạn</h2>\n")
    if count == 0 {
      html.markup("<p>Không có lần gián đoạn nào.</p>\n")
      return
    }
    html.markup("<table><thead><tr>")
    if query.groupBy != .device && query.groupBy != .none {
      html.markup("<th>")
      html.text(Self.title(of: query.groupBy))
      html.markup("</th>")
    }
    html.markup("<th>Thiết bị</th><th>Bắt đầu</th><th>Kết thúc</th><th class=n>Thời lượng</th>")
    html.markup("<th>Nguyên nhân</th></tr></thead>\n<tbody>\n")
  }

  private func write(
    _ outage: AvailabilityAnswer.Outage, of group: AvailabilityAnswer.Group, to html: inout HTMLWriter
  ) {
    html.markup("<tr>")
    if query.groupBy != .device && query.groupBy != .none { html.cell(label(group.name)) }
    html.cell(deviceLabel(outage.device))
    html.cell(text(outage.from))
    html.cell(outage.to.map(text) ?? "đang gián đoạn")
    html.number(Self.duration(Int128(outage.nanos)))
    html.cell(outage.cause ?? "chưa rõ")
    html.markup("</tr>\n")
  }

  // MARK: words

  private static func title(of groupBy: GroupBy) -> String {
    switch groupBy {
    case .none: "Nhóm"
    case .device: "Thiết bị"
    case .area: "Địa bàn"
    case .deviceClass: "Loại"
    case .domain: "Lĩnh vực"
    case .agency: "Cơ quan"
    case .contract: "Hợp đồng"
    }
  }

  private func label(_ name: String) -> String {
    switch query.groupBy {
    case .none: "Tất cả thiết bị"
    case .device: deviceLabel(name)
    case .area: areaLabel(name)
    case .deviceClass, .domain, .agency, .contract: name.isEmpty ? "(không ghi)" : name
    }
  }

  /// What it was called when the time asked for ended, if it was in sight then.
  private func deviceLabel(_ id: String) -> String {
    let time = report.to - 1
    let isInSight = visible.takes(id, at: time, directory: directory)
    return Self.label(id, isInSight ? directory.device(id, at: time)?.name : nil)
  }

  private func areaLabel(_ code: String) -> String {
    if code.isEmpty { return "(không ghi)" }
    return Self.label(code, directory.registry.areas.area(code: code, on: directory.day(of: report.to - 1))?.name)
  }

  private static func label(_ code: String, _ name: String?) -> String {
    guard let name, !name.isEmpty, name != code else { return code }
    return "\(name) (\(code))"
  }

  private var scope: String {
    let filter = query.filter
    let parts = [
      filter.device.map { "thiết bị \(deviceLabel($0))" }, filter.area.map { "địa bàn \(areaLabel($0))" },
      filter.deviceClass.map { "loại \($0)" }, filter.domain.map { "lĩnh vực \($0)" },
      filter.agency.map { "cơ quan \($0)" },
    ].compactMap { $0 }
    return parts.isEmpty ? "tất cả thiết bị" : parts.joined(separator: "; ")
  }

  /// A share in percent, never rounded up: what is not whole does not say that it is.
  private static func percent(_ times: AvailabilityAnswer.Times) -> String {
    let counted = times.live + times.outage
    if counted == 0 { return "—" }
    let thousandths = Int(times.live * 100_000 / counted)
    return "\(thousandths / 1_000),\((thousandths % 1_000).padded(to: 3)) %"
  }

  private static func duration(_ nanos: Int128) -> String {
    let seconds = Int((nanos + 500_000_000) / 1_000_000_000)
    let clock =
      "\((seconds / 3_600 % 24).padded(to: 2)):\((seconds / 60 % 60).padded(to: 2)):\((seconds % 60).padded(to: 2))"
    return seconds < 86_400 ? clock : "\(seconds / 86_400) ngày \(clock)"
  }

  /// An instant by the zone's clock.
  private func text(_ time: UnixNanos) -> String {
    let seconds = flooredDivision(time, by: Nanos.perSecond)
    let local = seconds + Int64(directory.zone.offsetSeconds(atUTC: seconds))
    let day = CalendarDate(daysSinceEpoch: Int(flooredDivision(local, by: 86_400)))
    let clock = Int(local - flooredDivision(local, by: 86_400) * 86_400)
    return "\(day.day.padded(to: 2))/\(day.month.padded(to: 2))/\(day.year.padded(to: 4)) "
      + "\((clock / 3_600).padded(to: 2)):\((clock / 60 % 60).padded(to: 2)):\((clock % 60).padded(to: 2))"
  }

  private var offset: String {
    let seconds = directory.zone.offsetSeconds(atUTC: flooredDivision(report.from, by: Nanos.perSecond))
    let minutes = abs(seconds) / 60
    return "UTC\(seconds < 0 ? "-" : "+")\((minutes / 60).padded(to: 2)):\((minutes % 60).padded(to: 2))"
  }
}
