import Mutation
import Testing

@testable import Parquet

@Suite struct PackingTests {
  @Test(arguments: 0...64)
  func numbersOfEveryWidthComeBack(width: Int) {
    var random = SeededRandom(UInt64(width))
    let mask: UInt64 = width == 0 ? 0 : .max >> UInt64(64 - width)
    for count in [0, 1, 7, 8, 9, 31, 64, 100] {
      let numbers = (0..<count).map { _ in random.next() & mask }
      let room = BitPacking.byteCount(count, width: width)
      #expect(room == (count * width + 7) / 8)
      var packed = [UInt8](repeating: 0xAA, count: room + 8 + BitPacking.readAhead)
      let used = packed.withUnsafeMutableBytes { target in
        numbers.withUnsafeBufferPointer { source in
          source.baseAddress.map { BitPacking.pack($0, count: count, width: width, into: target.baseAddress!) } ?? 0
        }
      }
      #expect(used == room)
      var back = [UInt64](repeating: 9, count: max(1, count))
      packed.withUnsafeBytes { source in
        back.withUnsafeMutableBufferPointer {
          BitPacking.unpack(source.baseAddress!, count: count, width: width, into: $0.baseAddress!)
        }
      }
      #expect(Array(back.prefix(count)) == numbers)
    }
  }

  @Test func valuesOfPresentRowsAreGatheredAndSpread() {
    var random = SeededRandom(3)
    for count in [0, 1, 2, 17, 100] {
      let isPresent = (0..<count).map { _ in Bool.random(using: &random) }
      let values = (0..<count).map { _ in Int64(bitPattern: random.next()) }
      for range in [0..<count, 0..<count / 2, count / 2..<count] {
        var dense: [Int64] = [77]
        let used = PresentRows.gather(values, range, isPresent, to: &dense)
        let wanted = range.filter { isPresent[$0] }.map { values[$0] }
        #expect(used == wanted.count && Array(dense.prefix(used)) == wanted)
        #expect(PresentRows.count(isPresent, range) == wanted.count && PresentRows.count(nil, range) == range.count)
      }
      var whole: [Int64] = []
      let used = PresentRows.gather(values, 0..<count, isPresent, to: &whole)
      for range in [0..<count, 0..<count / 2, count / 2..<count] {
        var spread: [Int64] = [1]
        PresentRows.spread(Array(whole.prefix(used)), range, isPresent, placeholder: 0, to: &spread)
        #expect(spread == [1] + range.map { isPresent[$0] ? values[$0] : 0 })
      }
    }
  }

  @Test func dictionariesNumberValuesInTheirOrder() {
    var dictionary = WordDictionary(most: 8)
    var indexes: [UInt32] = []
    #expect(dictionary.assign([5, -3, 5, .max, .min, 0] as [Int64], nil, to: &indexes))
    #expect(
      dictionary.entries.map { Int64(bitPattern: $0) } == [.min, -3, 0, 5, .max] && indexes == [3, 1, 3, 4, 0, 2])
    // Null rows count for nothing.
    #expect(dictionary.assign([5, 9, 5] as [Int64], [true, false, true], to: &indexes))
    #expect(dictionary.entries == [5] && indexes == [0, 0, 0])
    #expect(dictionary.assign([Int64](), nil, to: &indexes) && dictionary.entries.isEmpty && indexes.isEmpty)
    #expect(dictionary.assign([1, 2] as [Int64], [false, false], to: &indexes) && indexes == [0, 0])
  }

  @Test func doublesStayWhatTheyAre() {
    var dictionary = WordDictionary(most: 8)
    var indexes: [UInt32] = []
    let odd = Double(bitPattern: 0x7FF8_0000_0000_1234)
    let values = [0.0, -0.0, .nan, odd, -.infinity, 0.0]
    #expect(dictionary.assign(values, nil, to: &indexes))
    let entries = dictionary.entries
    #expect(entries.count == 5 && indexes.map { entries[Int($0)] } == values.map(\.bitPattern))
    #expect(entries[0] == (-Double.infinity).bitPattern && entries[1] == (-0.0).bitPattern)
  }

  @Test func tooManyValuesHaveNoDictionary() {
    var dictionary = WordDictionary(most: 5)
    var indexes: [UInt32] = []
    // Rounded up to eight.
    #expect(dictionary.assign((0..<8).map { Int64($0) }, nil, to: &indexes))
    #expect(!dictionary.assign((0..<9).map { Int64($0) }, nil, to: &indexes))
    #expect(dictionary.assign([1, 1] as [Int64], nil, to: &indexes) && dictionary.entries == [1])
  }
}
