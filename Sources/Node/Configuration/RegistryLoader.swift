public import Registry

/// Reads the registry's files as the configuration names them.
public enum RegistryLoader {
  /// An empty registry where no files are named. Throws with the file, the line and the cause.
  public static func load(_ files: Configuration.RegistryFiles) throws -> DeviceRegistry {
    try DeviceRegistry.load(devicesPath: files.devices, areasPath: files.areas, rangesPath: files.ranges)
  }
}
