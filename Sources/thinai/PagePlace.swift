import API
import Logging
import Node
import Sys

/// Where the page of an installation lies.
enum PagePlace {
  /// What a configuration says of the page, read.
  ///
  /// - Throws: `CommandFailure` if a page that was named cannot be read.
  static func page(_ configuration: Configuration, _ log: Logger) throws -> PageFiles? {
    let folder: String
    switch configuration.page {
    case .off: return nil
    case .folder(let path): folder = path
    case .auto:
      guard let found = candidates.first(where: { FileSystem.exists($0 + "/index.html") }) else {
        log.notice("shows no page: there is no folder Web beside the program or in the working directory")
        return nil
      }
      folder = found
    }
    let facts = PageFiles.Facts(
      zoneName: configuration.zoneName,
      asksForTokens: configuration.tokensFile != nil || configuration.identity != nil)
    let page: PageFiles
    do {
      page = try PageFiles(folder: folder, shapes: configuration.shapesFile, facts: facts)
    } catch {
      throw CommandFailure.misuse("\(error)")
    }
    if !page.missingLibraries.isEmpty {
      let packages = page.missingLibraries.map { "libjs-" + $0 }.joined(separator: " ")
      log.notice("the page has no map or no charts: install \(packages)")
    }
    return page
  }

  /// An installation has it in `share`, the project's own folder three or four levels above what was built.
  private static var candidates: [String] {
    var candidates: [String] = []
    if let program = ProcessFacts.executablePath {
      let folder = FileSystem.parent(of: program)
      candidates = [
        folder + "/../share/thinai/Web", folder + "/Web", folder + "/../../Web", folder + "/../../../Web",
      ]
    }
    return candidates + ["Web"]
  }
}
