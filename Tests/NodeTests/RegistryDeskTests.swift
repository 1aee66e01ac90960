import Foundation
import Node
import Registry
import Synchronization
import Testing

/// A file is replaced whole or not at all, and what it says is in force then.
@Suite struct RegistryDeskTests {
  private final class Taken: Sendable {
    let registries = Mutex<[DeviceRegistry]>([])
    var ids: [[String]] { registries.withLock { $0.map { $0.devices.map(\.id) } } }
  }

  private let scratch: ScratchDirectory
  private let taken = Taken()

  init() throws { scratch = try ScratchDirectory() }

  private func desk(areas: String? = nil) throws -> (desk: RegistryDesk, path: String) {
    let path = scratch.path + "/devices.csv"
    try "id,class\na,sensor\n".write(toFile: path, atomically: true, encoding: .utf8)
    var files = Configuration().registry
    files.devices = path
    files.areas = areas
    return (RegistryDesk(files) { [taken] registry in taken.registries.withLock { $0.append(registry) } }, path)
  }

  @Test func aFileIsReplacedWithItsMode() throws {
    let (desk, path) = try desk()
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    let new = Array("id,class\nb,camera\n".utf8)
    let trial = try desk.replace(.devices, by: new, isTrial: true, listed: 9)
    #expect(trial.added == 1 && trial.removed == 1 && taken.ids.isEmpty)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "id,class\na,sensor\n")
    #expect(try desk.replace(.devices, by: new, isTrial: false, listed: 9) == trial)
    #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path))) == new && taken.ids == [["b"]])
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["devices.csv"])
    #expect(try desk.reload()?.devices.map(\.id) == ["b"])
  }

  @Test func aRowIsAdded() throws {
    let (desk, path) = try desk()
    let row = Array("class,id\ncamera,b\n".utf8)
    let difference = try desk.replace(.devices, by: row, isTrial: false, isAddition: true, listed: 9)
    #expect(difference.added == 1 && difference.removed == 0 && taken.ids == [["a", "b"]])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "id,class\na,sensor\nb,camera\n")
    // Twice is no registry.
    #expect(throws: RegistryRefusal.self) {
      try desk.replace(.devices, by: row, isTrial: false, isAddition: true, listed: 9)
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "id,class\na,sensor\nb,camera\n")
  }

  @Test func aLinkStaysOne() throws {
    let (desk, path) = try desk()
    let target = scratch.path + "/real.csv"
    try FileManager.default.moveItem(atPath: path, toPath: target)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    _ = try desk.replace(.devices, by: Array("id,class\nz,bts\n".utf8), isTrial: false, listed: 9)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == target)
    #expect(try String(contentsOfFile: target, encoding: .utf8) == "id,class\nz,bts\n")
  }

  @Test func whatMakesNoRegistryChangesNothing() throws {
    let areas = scratch.path + "/areas.csv"
    try "code,name\n52,Gia Lai\n".write(toFile: areas, atomically: true, encoding: .utf8)
    let (desk, path) = try desk(areas: areas)
    let fault = "cannot read registry \(path) line 3: "
    let bad = Array("id,class,area\nb,camera,52\nc,camera,53\n".utf8)
    do {
      _ = try desk.replace(.devices, by: bad, isTrial: false, listed: 9)
      Issue.record("it was taken")
    } catch .unusable(let text) {
      #expect(text.hasPrefix(fault))
    } catch {
      Issue.record("\(error)")
    }
    #expect(throws: RegistryRefusal.notConfigured(key: "registry.ranges")) {
      try desk.replace(.ranges, by: [], isTrial: false, listed: 9)
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "id,class\na,sensor\n" && taken.ids.isEmpty)
  }

  /// Of many at once each is taken whole or told that another one is under way.
  @Test func twoAtOnceDoNotMix() async throws {
    let (desk, path) = try desk()
    let outcomes = await withTaskGroup(of: Int?.self) { group in
      for number in 0..<32 {
        group.addTask {
          let lines = (0..<200).map { "d\(number)-\($0),sensor" }
          let bytes = Array(("id,class\n" + lines.joined(separator: "\n") + "\n").utf8)
          do {
            _ = try desk.replace(.devices, by: bytes, isTrial: false, listed: 0)
            return number
          } catch {
            #expect(error as? RegistryRefusal == .busy)
            return nil
          }
        }
      }
      return await group.reduce(into: [Int]()) { if let number = $1 { $0.append(number) } }
    }
    #expect(!outcomes.isEmpty && taken.ids.count == outcomes.count)
    let last = try #require(taken.ids.last)
    let file = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropFirst().map {
      String($0.split(separator: ",")[0])
    }
    #expect(last == file && file.count == 200 && Set(file.map { $0.split(separator: "-")[0] }).count == 1)
  }
}
