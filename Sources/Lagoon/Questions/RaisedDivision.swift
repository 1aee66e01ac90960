import Primitives

/// `value / divisor`, rounded towards plus infinity: the first unit of a coarser clock that is not before an instant.
func raisedDivision(_ value: Int64, by divisor: Int64) -> Int64 {
  let floored = flooredDivision(value, by: divisor)
  return value % divisor == 0 ? floored : floored + 1
}
