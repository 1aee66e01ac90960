public import Primitives

/// An administrative area as it stood for a time. A code may have several, one after the other: its name or its parent
/// changed.
public struct Area: Sendable, Hashable {
  public var code: String
  /// The code of the area that it belongs to; empty for one at the top.
  public var parent: String
  public var name: String
  /// The first day on which it is so; nil if that was always.
  public var validFrom: CalendarDate?
  /// The first day on which it is so no more; nil if that is not known.
  public var validTo: CalendarDate?

  public init(
    code: String, parent: String = "", name: String = "", validFrom: CalendarDate? = nil, validTo: CalendarDate? = nil
  ) {
    self.code = code
    self.parent = parent
    self.name = name
    self.validFrom = validFrom
    self.validTo = validTo
  }

  /// Whether it is so on that day.
  public func isValid(on day: CalendarDate) -> Bool {
    if let validFrom, day < validFrom { return false }
    if let validTo, day >= validTo { return false }
    return true
  }

  /// Whether there is a day on which both are so.
  func overlaps(_ other: Area) -> Bool {
    if let validTo, let from = other.validFrom, validTo <= from { return false }
    if let validFrom, let to = other.validTo, to <= validFrom { return false }
    return true
  }
}
