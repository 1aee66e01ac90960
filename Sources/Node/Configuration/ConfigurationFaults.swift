/// All that is wrong with a configuration, in the order in which it was found.
final class ConfigurationFaults {
  private(set) var all: [ConfigurationError] = []

  func add(_ fault: ConfigurationError) {
    if !all.contains(where: { $0.description == fault.description }) { all.append(fault) }
  }

  /// Reads a part; what it throws is one fault more, and nil.
  @discardableResult
  func gather<Part>(_ part: () throws -> Part) -> Part? {
    do {
      return try part()
    } catch let fault as ConfigurationError {
      add(fault)
    } catch {
      add(ConfigurationError("\(error)"))
    }
    return nil
  }
}
