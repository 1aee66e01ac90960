import Primitives
import Testing

@testable import Registry

@Suite struct RegistryValueTests {
  @Test(arguments: [
    ("1", 1), ("-1.5", -1.5), ("109,2543", 109.2543), ("+7", 7), (".5", 0.5), ("5.", 5), ("0", 0),
  ])
  func decimals(text: String, value: Double) {
    #expect(RegistryValue.decimal(text) == value)
  }

  @Test(arguments: ["", "x", "nan", "inf", "0x10", "1e5", "1,5,3", "1.5,3", "1 5", "--1", "1-", ".", "-", "٣", "1_0"])
  func whatIsNoDecimal(text: String) {
    #expect(RegistryValue.decimal(text) == nil)
  }

  @Test(arguments: [
    ("60", 60), ("60s", 60), ("500ms", 0.5), ("5m", 300), ("1.5h", 5_400), ("1 D", 86_400), ("none", .infinity),
    ("NONE", .infinity), ("0,5h", 1_800),
  ])
  func intervals(text: String, seconds: Double) {
    #expect(RegistryValue.interval(text) == seconds)
  }

  @Test(arguments: ["", "0", "-5", "5x", "s", "ms", "m5", "5 5", "inf", "1e3s"])
  func whatIsNoInterval(text: String) {
    #expect(RegistryValue.interval(text) == nil)
  }

  @Test(arguments: [
    ("2025-07-01", 2025, 7, 1), ("1/7/2025", 2025, 7, 1), ("29/02/2024", 2024, 2, 29), ("0001-01-01", 1, 1, 1),
  ])
  func days(text: String, year: Int, month: Int, day: Int) {
    #expect(RegistryValue.date(text) == CalendarDate(year: year, month: month, day: day))
  }

  @Test(arguments: [
    "", "2025-7-1", "2025-02-29", "2025-13-01", "25-07-01", "2025/07/01", "1-7-2025", "2025-07-01-", "-025-07-01",
    "99999-01-01", "1/7/25", "1/7", "2025-07-0x",
  ])
  func whatIsNoDay(text: String) {
    #expect(RegistryValue.date(text) == nil)
  }

  private func found(_ text: String) throws -> (addresses: [String], aliases: [DeviceAlias]) {
    let found = try RegistryValue.addresses(text).get()
    return (found.addresses.map(\.addressText), found.aliases)
  }

  @Test func addressesAndAliasesStandTogether() throws {
    let (addresses, aliases) = try found(
      " 10.0.0.1;10.0.0.1/32, fd00::1/128|port:20004\tssrc:0x693DC6CC engine:0x8000AB ")
    #expect(addresses == ["10.0.0.1", "fd00::1"])
    #expect(aliases == [DeviceAlias(.port, "20004"), DeviceAlias(.ssrc, "693dc6cc"), DeviceAlias(.engine, "8000ab")])
    #expect(try found("").addresses.isEmpty)
  }

  @Test(arguments: [
    "10.0.0.1/24", "fd00::1/64", "10.0.0.256", "port:0", "port:65536", "ssrc:123456789", "engine:", "x",
  ])
  func whatIsNoAddressIsNamed(text: String) {
    #expect(throws: RegistryValue.NotAnAddress.self) { try RegistryValue.addresses("10.0.0.1 " + text).get() }
  }

  @Test(arguments: [
    ("urn:dev:mac:0024BEFFFE80aa04", "dev:mac:0024befffe80aa04"), ("urn:DEV:ops:1-a_", "dev:ops:1-a"),
    ("cname:cam@10.0.0.9", "cam@10.0.0.9"), ("ssrc:1", "00000001"), ("port:020004", "20004"),
    ("endpoint:urn:uuid:1", "urn:uuid:1"),
  ])
  func aliasesHaveOneForm(text: String, value: String) {
    #expect(DeviceAlias(text)?.value == value)
  }

  @Test(arguments: ["", ":", "cname:", "endpoint:", "urn:", "urn:dev:", "urn:dev:::", "urn:uuid:1", "host:a", "ssrc:g"])
  func whatIsNoAlias(text: String) {
    #expect(DeviceAlias(text) == nil)
  }

  @Test func identifiersHaveABound() {
    #expect(RegistryValue.faultOfIdentifier("a", "id") == nil)
    #expect(RegistryValue.faultOfIdentifier(String(repeating: "x", count: Limits.nameBytes), "id") == nil)
    #expect(RegistryValue.faultOfIdentifier("", "id") == "id is missing")
    #expect(RegistryValue.faultOfIdentifier("a\u{1}", "id") == "id holds a control character")
    #expect(
      RegistryValue.faultOfIdentifier(String(repeating: "é", count: 257), "id")?.contains("longer than 512") == true)
  }

  @Test func addressesAreFoundAmongNeighbours() {
    let devices = (0..<300).map { number in
      Device(id: "\(number)", deviceClass: "", addresses: [SourceAddress(ipv4: UInt32(number) << 8, port: 0)])
    }
    let index = AddressIndex(devices)
    for number in 0..<300 { #expect(index.device(at: SourceAddress(ipv4: UInt32(number) << 8, port: 7)) == number) }
    #expect(index.device(at: SourceAddress(ipv4: 1, port: 0)) == nil)
    #expect(AddressIndex([]).device(at: SourceAddress(ipv4: 0, port: 0)) == nil)
  }
}
