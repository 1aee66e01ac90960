/// A function's name and what it takes and gives.
public struct FunctionSignature: Sendable {
  public let name: String
  public let argumentTypes: [ValueType]
  /// How many arguments more than the types but one there may be; below zero for any number.
  public let variadic: Int
  public let returnType: ValueType

  /// Whether its outcome depends on the step even if its arguments do not.
  var dependsOnTime: Bool { Self.timely.contains(name) }

  private static let timely: Set<String> = [
    "days_in_month", "day_of_month", "day_of_week", "day_of_year", "hour", "minute", "month", "year",
    "predict_linear", "time", "timestamp",
  ]

  private init(_ name: String, _ types: [ValueType], variadic: Int = 0, returns: ValueType = .vector) {
    self.name = name
    argumentTypes = types
    self.variadic = variadic
    returnType = returns
  }

  /// The function of that name.
  public static func named(_ name: String) -> FunctionSignature? { all[name] }

  /// Functions of the language, by name.
  public static let all: [String: FunctionSignature] = {
    var list: [FunctionSignature] = []
    let ofVector = [
      "abs", "absent", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "deg", "exp",
      "floor", "histogram_count", "histogram_sum", "ln", "log10", "log2", "rad", "sgn", "sin", "sinh", "sort",
      "sort_desc", "sqrt", "tan", "tanh", "timestamp",
    ]
    let ofRange = [
      "absent_over_time", "avg_over_time", "changes", "count_over_time", "delta", "deriv", "idelta", "increase",
      "irate", "last_over_time", "max_over_time", "min_over_time", "present_over_time", "rate", "resets",
      "stddev_over_time", "stdvar_over_time", "sum_over_time",
    ]
    let ofTime = [
      "days_in_month", "day_of_month", "day_of_week", "day_of_year", "hour", "minute", "month", "year",
    ]
    for name in ofVector { list.append(FunctionSignature(name, [.vector])) }
    for name in ofRange { list.append(FunctionSignature(name, [.matrix])) }
    for name in ofTime { list.append(FunctionSignature(name, [.vector], variadic: 1)) }
    list += [
      FunctionSignature("clamp", [.vector, .scalar, .scalar]),
      FunctionSignature("clamp_max", [.vector, .scalar]),
      FunctionSignature("clamp_min", [.vector, .scalar]),
      FunctionSignature("histogram_fraction", [.scalar, .scalar, .vector]),
      FunctionSignature("histogram_quantile", [.scalar, .vector]),
      FunctionSignature("holt_winters", [.matrix, .scalar, .scalar]),
      FunctionSignature("label_replace", [.vector, .string, .string, .string, .string]),
      FunctionSignature("label_join", [.vector, .string, .string, .string], variadic: -1),
      FunctionSignature("pi", [], returns: .scalar),
      FunctionSignature("predict_linear", [.matrix, .scalar]),
      FunctionSignature("quantile_over_time", [.scalar, .matrix]),
      FunctionSignature("round", [.vector, .scalar], variadic: 1),
      FunctionSignature("scalar", [.vector], returns: .scalar),
      FunctionSignature("time", [], returns: .scalar),
      FunctionSignature("vector", [.scalar]),
    ]
    return Dictionary(uniqueKeysWithValues: list.map { ($0.name, $0) })
  }()
}
