extension Double {
  /// A cell without a value: the NaN with which Prometheus marks the end of a series. No computation has it as its
  /// outcome, so it needs no second column.
  @inline(__always) static var absent: Double { Double(bitPattern: 0x7FF0_0000_0000_0002) }

  @inline(__always) var isAbsent: Bool { bitPattern == 0x7FF0_0000_0000_0002 }
}
