/// What an issuer's token is worth.
public enum IdentityVerdict: Hashable, Sendable {
  /// Who asks. Without permissions if the token gives none that is known here.
  case granted(Grant)
  case refused(IdentityRefusal)
  /// The issuer's keys were never read: nobody can tell.
  case undecided
}
