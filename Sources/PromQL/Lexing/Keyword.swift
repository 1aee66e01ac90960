/// Words that modify a selector, an aggregation or an operator.
enum Keyword: String, Hashable, Sendable {
  case offset, by, without, on, ignoring, bool
  case groupLeft = "group_left"
  case groupRight = "group_right"
}
