import Primitives
import Testing

@testable import Protocols

@Suite struct CoAPBodyTableTests {
  private static let second = Nanos.perSecond

  private static func host(_ number: UInt32, port: UInt16 = 9) -> SourceAddress {
    SourceAddress(ipv4: number, port: port)
  }

  private static func network(_ high: UInt64, _ low: UInt64) -> SourceAddress {
    SourceAddress(high: high, low: low, port: 9)
  }

  private static func begin(
    _ table: inout CoAPBodyTable, _ source: SourceAddress, _ hash: UInt64, now: Int64 = 0, expires: Int64 = .max
  ) -> Int? {
    table.begin(source, hash: hash, contentFormat: 110, nowNanos: now, expiresNanos: expires)
  }

  private static func octets(_ table: borrowing CoAPBodyTable, _ index: Int) -> [UInt8] {
    table.bytes(of: index).withUnsafeBytes { Array($0) }
  }

  @Test func blocksAreJoinedUpToTheBoundAndNotBeyond() throws {
    var table = CoAPBodyTable(count: 1, bodyBytes: 10)
    let body = try require(Self.begin(&table, Self.host(1), 7))
    let (one, two): ([UInt8], [UInt8]) = ([1, 2, 3, 4, 5, 6], [7, 8, 9, 10])
    let none: [UInt8] = []
    let isFirst = table.append(one.span.bytes, to: body, nowNanos: 1, expiresNanos: .max)
    let isTooMuch = table.append(one.span.bytes, to: body, nowNanos: 1, expiresNanos: .max)
    let isLast = table.append(two.span.bytes, to: body, nowNanos: 1, expiresNanos: .max)
    let isEmpty = table.append(none.span.bytes, to: body, nowNanos: 1, expiresNanos: .max)
    let isFull = table.append(two.span.bytes.extracting(0..<1), to: body, nowNanos: 1, expiresNanos: .max)
    #expect(isFirst && !isTooMuch && isLast && isEmpty && !isFull)
    let (length, octets) = (table.length(of: body), Self.octets(table, body))
    #expect(length == 10 && octets == Array(1...10))
  }

  @Test func theSameKeyBeginsAnewAndAnotherDoesNot() throws {
    var table = CoAPBodyTable(count: 3, bodyBytes: 10)
    let bytes: [UInt8] = [1, 2]
    let first = try require(Self.begin(&table, Self.host(1), 7))
    _ = table.append(bytes.span.bytes, to: first, nowNanos: 0, expiresNanos: .max)
    let other = try require(Self.begin(&table, Self.host(1, port: 10), 7))
    let again = try require(
      table.begin(Self.host(1), hash: 7, contentFormat: nil, nowNanos: 0, expiresNanos: .max))
    let (length, format) = (table.length(of: again), table.contentFormat(of: again))
    let otherFormat = table.contentFormat(of: other)
    #expect(first == again && other != first && length == 0 && format == nil && otherFormat == 110)
  }

  @Test func aBodyIsForgottenWhenItExpiresAndItsBlocksPutThatOff() throws {
    var table = CoAPBodyTable(count: 1, bodyBytes: 10)
    let bytes: [UInt8] = [1]
    let body = try require(Self.begin(&table, Self.host(1), 7, expires: 100))
    let before = table.find(Self.host(1), hash: 7, nowNanos: 99)
    let at = table.find(Self.host(1), hash: 7, nowNanos: 100)
    _ = table.append(bytes.span.bytes, to: body, nowNanos: 99, expiresNanos: 200)
    let later = table.find(Self.host(1), hash: 7, nowNanos: 199)
    #expect(before == body && at == nil && later == body)
    // Free then: the next one takes the place, and nobody gave way.
    let next = Self.begin(&table, Self.host(2), 8, now: 200)
    let evictions = table.evictions
    #expect(next == body && evictions == 0)
  }

  @Test func aBodyThatEndedIsNotFound() throws {
    var table = CoAPBodyTable(count: 2, bodyBytes: 10)
    let body = try require(Self.begin(&table, Self.host(1), 7))
    table.end(body)
    let found = table.find(Self.host(1), hash: 7, nowNanos: 0)
    let length = table.length(of: body)
    #expect(found == nil && length == 0)
  }

  /// Of a full table the host with the most gives way, its body that rested longest, and it is counted.
  @Test func whoHasMostGivesWay() throws {
    var table = CoAPBodyTable(count: 4, bodyBytes: 10)
    for number in 0..<3 as Range<UInt64> {
      _ = try require(Self.begin(&table, Self.host(1), number, now: Int64(number)))
    }
    _ = try require(Self.begin(&table, Self.host(2), 10, now: 0))
    let third = Self.begin(&table, Self.host(3), 20, now: 5)
    let gone = table.find(Self.host(1), hash: 0, nowNanos: 5)
    let kept = table.find(Self.host(2), hash: 10, nowNanos: 5)
    let evictions = table.evictions
    #expect(third != nil && gone == nil && kept != nil && evictions == 1)
    // Two against one each: nobody has two more than a newcomer of one, which waits.
    let waiting = Self.begin(&table, Self.host(2), 11, now: 6)
    let still = table.evictions
    #expect(waiting == nil && still == 1)
  }

  /// A network of IPv6 is as one host there, however many addresses it makes up.
  @Test func aNetworkThatMakesUpAddressesGivesWay() throws {
    var table = CoAPBodyTable(count: 4, bodyBytes: 10)
    for number in 0..<4 as Range<UInt64> {
      _ = try require(Self.begin(&table, Self.network(0x2001_0DB8, number + 1), 1, now: Int64(number)))
    }
    let other = Self.begin(&table, Self.network(0x2001_0DB9, 1), 1, now: 10)
    let gone = table.find(Self.network(0x2001_0DB8, 1), hash: 1, nowNanos: 10)
    #expect(other != nil && gone == nil)
    // Of IPv4 each address is its own, so four of one network are four.
    var old = CoAPBodyTable(count: 4, bodyBytes: 10)
    for number in 0..<4 as Range<UInt32> { _ = try require(Self.begin(&old, Self.host(100 + number), 1)) }
    let fifth = Self.begin(&old, Self.host(200), 1, now: 10)
    #expect(fifth == nil)
  }

  @Test func aBodyThatRestsGivesWayAfterItsTimeAndNotBefore() throws {
    let idle = Int64(Limits.coapBodyIdleSeconds) * Self.second
    var table = CoAPBodyTable(count: 1, bodyBytes: 10)
    _ = try require(Self.begin(&table, Self.host(1), 1, now: 0))
    let early = Self.begin(&table, Self.host(2), 2, now: idle - 1)
    let late = Self.begin(&table, Self.host(2), 2, now: idle)
    let evictions = table.evictions
    #expect(early == nil && late == 0 && evictions == 1)
  }
}
