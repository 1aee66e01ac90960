public import Primitives
public import Registry

/// Who asks, what they may do, and which devices exist for them.
public struct Grant: Hashable, Sendable {
  /// As the audit names them.
  public var name: String
  public var permissions: Set<Permission>
  public var scope: DeviceScope
  /// From then on it is none; nil if it has no end.
  public var expires: UnixNanos?
  /// Requests a second that they may make; nil if nobody counts.
  public var requestsPerSecond: Double?

  public init(
    name: String, permissions: Set<Permission>, scope: DeviceScope = .everything, expires: UnixNanos? = nil,
    requestsPerSecond: Double? = nil
  ) {
    self.name = name
    self.permissions = permissions
    self.scope = scope
    self.expires = expires
    self.requestsPerSecond = requestsPerSecond
  }

  /// Whether they may do that: an `admin` may do everything.
  public func allows(_ permission: Permission) -> Bool {
    permissions.contains(.admin) || permissions.contains(permission)
  }
}
