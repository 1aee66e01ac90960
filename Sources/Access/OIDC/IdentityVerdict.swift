/// What an issuer's token is worth.
public enum IdentityVerdict: Hashable, Sendable {
  /// Who asks, and the key that says so. Without permissions if the token gives none that is known here.
  case granted(Grant, by: IdentityKeyPrint)
  case refused(IdentityRefusal)
  /// The issuer's keys were never read: nobody can tell.
  case undecided
}
