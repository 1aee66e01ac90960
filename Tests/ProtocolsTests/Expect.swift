import Testing

/// `#expect` for conditions that name a `~Copyable` value or a span, which the macro cannot take apart.
func expect(_ holds: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(holds, sourceLocation: sourceLocation)
}

/// The same of `#require`.
func require<Value>(_ value: Value?, sourceLocation: SourceLocation = #_sourceLocation) throws -> Value {
  try #require(value, sourceLocation: sourceLocation)
}
