/// What may be spoken in TLS 1.2: keys that are agreed upon anew for each connection, and ciphers that notice what was
/// changed. TLS 1.3 has nothing else.
enum TLSSuites {
  static let names = "ECDH+AESGCM:ECDH+CHACHA20"
}
