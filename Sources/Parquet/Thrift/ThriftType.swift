/// Types of the Thrift compact protocol, as they stand in field and list headers.
enum ThriftType: UInt8 {
  /// A boolean field that is true; the type of booleans in lists.
  case yes = 1
  /// A boolean field that is false.
  case no = 2
  case byte = 3
  case i16 = 4
  case i32 = 5
  case i64 = 6
  case double = 7
  case binary = 8
  case list = 9
  case set = 10
  case map = 11
  case structure = 12
}
