/// Algorithms of signatures that are believed. Each kind of key has one: what a signed message says about it can only be
/// right or wrong.
public enum SignatureAlgorithm: Sendable {
  /// RSASSA-PKCS1-v1_5 with SHA-256, of keys of 2,048 to 8,192 bits.
  case rsaSHA256
  /// ECDSA on P-256 with SHA-256; a signature is r and s, of 32 octets each (RFC 7518 section 3.4).
  case p256SHA256
  /// Ed25519 (RFC 8032).
  case ed25519
}
