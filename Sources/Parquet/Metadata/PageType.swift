/// What a page is: `PageType` of parquet.thrift.
enum PageType: Int32 {
  case data = 0
  case index = 1
  case dictionary = 2
  case dataV2 = 3
}
