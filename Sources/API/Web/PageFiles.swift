import Gzip
import NIOCore
import Primitives
import Sys
import Text

/// The files of the page (`Web/`), and of the libraries that it draws with: read once, at the start.
///
/// What is asked for is looked up by its whole path among what was found then. So no path leads anywhere else, and no
/// file is opened for a request.
public struct PageFiles: Sendable {
  /// What cannot be read of the page.
  public struct Fault: Error, CustomStringConvertible {
    public let description: String
  }

  /// What the page has to know before it may ask for anything: it is told to everybody.
  public struct Facts: Sendable {
    /// The zone that times are written in.
    public var zoneName: String
    /// Whether somebody without a token is turned away.
    public var asksForTokens: Bool

    /// What `/web/settings.json` says.
    public init(zoneName: String, asksForTokens: Bool) {
      self.zoneName = zoneName
      self.asksForTokens = asksForTokens
    }
  }

  /// One file as it is sent.
  struct Served: Sendable {
    var contentType: String
    var plain: ByteBuffer
    var tag: String
    /// Packed by gzip, with the tag of that; nil where it is not worth it.
    var packed: (bytes: ByteBuffer, tag: String)?
  }

  /// A folder of the system's from which some files are served.
  private struct Library {
    var name: String
    var folder: String
    var files: [String]
  }

  /// By the path that is asked for.
  private let served: [String: Served]
  /// Libraries of which something is missing.
  public let missingLibraries: [String]

  /// Debian's `libjs-leaflet` and `libjs-dygraphs`, served from where they lie.
  private static let libraries = [
    Library(
      name: "leaflet", folder: "/usr/share/javascript/leaflet", files: ["leaflet.esm.min.js", "leaflet.css"]),
    Library(
      name: "dygraphs", folder: "/usr/share/javascript/dygraphs", files: ["dygraph.min.js", "dygraph.min.css"]),
  ]

  /// What a folder has in it if it is the page's.
  static let mark = "index.html"

  /// - Parameters:
  ///   - folder: the page's, with `index.html`.
  ///   - shapes: a GeoJSON file of areas for the map; nil if there is none.
  /// - Throws: `Fault`.
  public init(folder: String, shapes: String?, facts: Facts) throws {
    var files: [String: [UInt8]] = [:]
    try Self.read(folder, under: "/web", depth: 0, into: &files)
    guard let index = files["/web/" + Self.mark] else {
      throw Fault(description: "cannot read the page \(folder): it has no \(Self.mark)")
    }
    files["/"] = index
    var missing: [String] = []
    for library in Self.libraries {
      let found = library.files.compactMap { name in
        (try? File.readWhole(library.folder + "/" + name)).map { (name, $0) }
      }
      if found.count < library.files.count { missing.append(library.name) }
      for (name, bytes) in found { files["/web/lib/\(library.name)/\(name)"] = bytes }
    }
    if let shapes { files["/web/areas.geojson"] = try Self.shapes(shapes) }
    files["/web/settings.json"] = Self.settings(facts, missing: missing, hasShapes: shapes != nil)
    var served: [String: Served] = [:]
    for (path, bytes) in files { served[path] = try Self.served(path, bytes) }
    self.served = served
    missingLibraries = missing
  }

  /// What is served under a path; nil if there is nothing.
  func file(_ path: String) -> Served? { served[path] }

  /// Whether a path is the page's, whatever stands there.
  static func isOfPage(_ path: String) -> Bool { path == "/" || path == "/web" || path.hasPrefix("/web/") }

  /// Files and folders, no links: what is installed elsewhere is not the page's to show.
  private static func read(_ folder: String, under path: String, depth: Int, into files: inout [String: [UInt8]]) throws
  {
    do {
      for entry in try FileSystem.list(folder) where isPlain(entry.name) {
        let place = folder + "/" + entry.name
        if try FileSystem.isLink(place) { continue }
        if entry.isDirectory {
          if depth < Limits.pageFolderDepth {
            try read(place, under: path + "/" + entry.name, depth: depth + 1, into: &files)
          }
          continue
        }
        guard contentType(entry.name) != nil, let status = try FileSystem.status(place), status.isRegularFile else {
          continue
        }
        guard status.byteCount <= Limits.pageFileBytes, files.count < Limits.pageFiles else {
          throw Fault(description: "cannot read the page \(place): it is too large, or there are too many files")
        }
        files[path + "/" + entry.name] = try File.readWhole(place)
      }
    } catch let error as SystemError {
      throw Fault(description: "cannot read the page \(folder): \(error)")
    }
  }

  private static func shapes(_ path: String) throws -> [UInt8] {
    let bytes: [UInt8]
    do {
      let file = try File(path, .read)
      guard try file.size() <= Limits.pageShapesBytes else {
        throw Fault(description: "cannot read http.shapes \(path): it has more than \(Limits.pageShapesBytes) octets")
      }
      bytes = try file.readWhole()
    } catch let error as SystemError {
      throw Fault(description: "cannot read http.shapes \(path): \(error)")
    }
    guard bytes.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{") else {
      throw Fault(description: "cannot read http.shapes \(path): it is no GeoJSON")
    }
    return bytes
  }

  private static func settings(_ facts: Facts, missing: [String], hasShapes: Bool) -> [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.name("zone")
      json.string(facts.zoneName)
      json.name("tokens")
      json.boolean(facts.asksForTokens)
      json.name("shapes")
      json.boolean(hasShapes)
      json.name("missing")
      json.array { json in for name in missing { json.string(name) } }
    }
    return json.bytes
  }

  /// No hidden file, and nothing that a URL would have to escape.
  private static func isPlain(_ name: String) -> Bool {
    name.utf8.first != UInt8(ascii: ".")
      && name.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (97...122).contains(byte) || (65...90).contains(byte) || "-_.".utf8.contains(byte)
      }
  }

  /// nil of what is no part of a page.
  private static func contentType(_ path: String) -> String? {
    switch path.split(separator: ".").last {
    case "html": "text/html; charset=utf-8"
    case "js": "text/javascript; charset=utf-8"
    case "css": "text/css; charset=utf-8"
    case "json", "webmanifest": "application/json"
    case "geojson": "application/geo+json"
    case "svg": "image/svg+xml"
    case "png": "image/png"
    case "woff2": "font/woff2"
    default: nil
    }
  }

  private static func served(_ path: String, _ bytes: [UInt8]) throws -> Served {
    let type = path == "/" ? contentType(mark) : contentType(path)
    let tag = EntityTag(ofContent: bytes)
    var served = Served(
      contentType: type ?? "application/octet-stream", plain: ByteBuffer(bytes: bytes), tag: tag.text(.identity))
    let packed = try ContentCoding.gzip.encoded(bytes) {}
    if packed.count < bytes.count * 9 / 10 { served.packed = (ByteBuffer(bytes: packed), tag.text(.gzip)) }
    return served
  }
}
