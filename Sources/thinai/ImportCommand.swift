import ArgumentParser
import Import
import Primitives
import Sys

struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Sends files of line protocol, CSV or Parquet to a running server.",
    discussion: """
      Files of lines and of CSV may be packed by gzip. Each part is answered when its rows are durable; rows that are
      refused are named, and the exit code is 1 then. Nothing is remembered of an import that ended early: send the file
      again, rows that are there already are stored once. Where the server asks for a token it is taken from THINAI_TOKEN.
      docs/import.md says what becomes of columns.
      """)

  @Option(help: "The server.") var url = "http://127.0.0.1:8080"
  @Option(help: "lines, csv or parquet; else a file's content and name tell.") var format: String?
  @Option(help: "The unit of times that are numbers: ns, us, ms, s, m or h.") var precision = "ns"
  @Option(help: "The measurement of a file of CSV or Parquet; else its name.") var measurement: String?
  @Option(help: "The device of rows that name none.") var device: String?
  @Option(name: .customLong("time"), help: "The column with the time.") var timeColumn = "time"
  @Option(help: "The column with the device.") var deviceColumn = "device"
  @Option(help: "Columns that are tags: NAME,NAME.") var tag: [String] = []
  @Option(help: "Columns that are text, whatever they look like: NAME,NAME.") var text: [String] = []
  @Option(help: "Columns that are left out: NAME,NAME.") var skip: [String] = []
  @Option(help: "Cells of CSV that mean no value, besides empty ones: NaN,N/A.") var null: [String] = []
  @Option(help: "What separates the cells of CSV: , ; or tab; else the first line tells.") var separator: String?
  @Option(help: "What stands before a number's fraction in CSV: . or ,") var decimal = "."
  @Option(help: "The zone of times that name none: UTC, Asia/Ho_Chi_Minh, +07:00 …") var zone: String?
  @Flag(help: "Sends nothing: says what the columns become, and shows the first lines.") var dryRun = false
  @Argument(help: "Files of lines, CSV or Parquet.") var files: [String]

  func run() async throws {
    let options = try options()
    let client = try ServerClient(url)
    var sum = ImportTotals()
    for path in files {
      let totals = try await send(path, options, client)
      Terminal.say("\(path): \(totals)")
      sum.add(totals)
    }
    if files.count > 1 { Terminal.say("all: \(sum)") }
    if sum.refused + sum.flawed > 0 {
      throw CommandFailure.failed("cannot import all lines: \(sum.refused) were refused, of \(sum.flawed) some fields")
    }
  }

  private func send(_ path: String, _ options: ImportOptions, _ client: ServerClient) async throws -> ImportTotals {
    let progress = ImportProgress(path)
    var totals = ImportTotals(isTrial: dryRun)
    defer { progress.end() }
    var file: any ImportSource
    do {
      file = try ImportFile.open(path, options) { done, total in progress.tell(done, of: total, totals) }
    } catch let error as ImportError {
      throw CommandFailure.failed("\(error)")
    } catch {
      throw CommandFailure.failed("cannot read \(path): \(error)")
    }
    var trial = ImportTrial(file.plan)
    let lines = LineTrial()
    if dryRun { trial.showPlan(path) }
    while var piece = try next(&file, path) {
      if dryRun && file.plan.format == .lines {
        piece = lines.read(piece, unitNanos: ImportOptions.units[precision] ?? 1)
      }
      totals.count(piece, path, progress)
      if dryRun {
        trial.showLines(piece.lines)
      } else if !piece.lines.isEmpty {
        try await send(piece, path, file.plan.precision, client, &totals, progress)
      }
      let (done, total) = file.progress
      progress.tell(done, of: total, totals)
    }
    totals.sayUnnamed(path, progress)
    return totals
  }

  private func next(_ file: inout any ImportSource, _ path: String) throws -> ImportPiece? {
    do {
      return try file.next()
    } catch let error as ImportError {
      throw CommandFailure.failed("\(error)")
    } catch {
      throw CommandFailure.failed("cannot read \(path): \(error)")
    }
  }

  private func send(
    _ piece: ImportPiece, _ path: String, _ precision: String, _ client: ServerClient, _ totals: inout ImportTotals,
    _ progress: ImportProgress
  ) async throws {
    let answer = try await client.write(piece.lines, precision: precision)
    totals.add(answer.totals)
    guard let error = answer.error else { return }
    let places = piece.places.map { " rows \($0.lowerBound) to \($0.upperBound)" } ?? ""
    progress.say("\(path)\(places): \(error.prefix(Self.errorBytes))")
  }

  private static let errorBytes = 2_000
}
