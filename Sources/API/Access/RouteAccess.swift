import Registry
import Access
import HTTPTypes

/// Who may use a route. Every route says so: there is no default.
enum RouteAccess: Sendable {
  /// Everybody, without a word of who they are.
  case open
  /// Whoever can say who they are.
  case named
  /// Who has that permission; what they see is limited to their scope.
  case permitted(Permission)
  /// Who has one of both: for what tells of no device.
  case either(Permission, Permission)
  /// Who has that permission and no limits: what is told is the whole node's.
  case whole(Permission)

  /// Who has the one to read, and the other to change what is read; nil for whoever can say who they are.
  case changed(read: Permission, change: Permission?)

  /// Why somebody may not; nil if they may.
  func refusal(_ grant: Grant, _ method: HTTPRequest.Method) -> String? {
    switch self {
    case .changed(let read, let change):
      return (method == .get || method == .head ? read : change).flatMap { Self.refusal(grant, $0) }
    case .open, .named: return nil
    case .permitted(let permission): return Self.refusal(grant, permission)
    case .either(let one, let other): return Self.refusal(grant, one) == nil ? nil : Self.refusal(grant, other)
    case .whole(let permission):
      if let refusal = Self.refusal(grant, permission) { return refusal }
      return grant.scope.isEverything ? nil : "it tells of the whole node, and \(grant.name) is limited to a part of it"
    }
  }

  private static func refusal(_ grant: Grant, _ permission: Permission) -> String? {
    grant.allows(permission) ? nil : "\(grant.name) has no scope \(permission.rawValue)"
  }
}
