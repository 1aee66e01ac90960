import Testing

/// `#expect` for conditions that name a `~Copyable` value or a span, which the macro cannot take apart.
func expect(_ holds: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(holds, sourceLocation: sourceLocation)
}
