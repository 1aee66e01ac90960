import NIOSSL
import Sys

/// Certificates and keys in files, as everybody has them: PEM.
enum PEMFiles {
  /// All certificates of a file, at least one.
  static func certificates(_ path: String, _ what: String) throws(TLSFault) -> [NIOSSLCertificate] {
    let bytes = try read(path, what)
    let certificates: [NIOSSLCertificate]
    do {
      certificates = try NIOSSLCertificate.fromPEMBytes(bytes)
    } catch {
      throw TLSFault("cannot read \(what) \(path): it is no certificate in PEM")
    }
    if certificates.isEmpty { throw TLSFault("cannot read \(what) \(path): it holds no certificate") }
    return certificates
  }

  static func key(_ path: String) throws(TLSFault) -> NIOSSLPrivateKey {
    let bytes = try read(path, "key")
    do {
      return try NIOSSLPrivateKey(bytes: bytes, format: .pem)
    } catch {
      throw TLSFault("cannot read key \(path): it is no private key in PEM, or has a passphrase")
    }
  }

  private static func read(_ path: String, _ what: String) throws(TLSFault) -> [UInt8] {
    do {
      return try File.readWhole(path)
    } catch {
      throw TLSFault("cannot read \(what) \(path): \(error)")
    }
  }
}
