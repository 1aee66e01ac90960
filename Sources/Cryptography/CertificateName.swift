import CCrypto

/// Whom a certificate names.
///
/// `unsafe` is sound here: what the library makes is freed on every way out, and what it points to is copied before.
public enum CertificateName {
  /// The subject's common name of a certificate in DER; nil if it has none, or several, or one that is no text.
  public static func commonName(der: [UInt8]) -> String? {
    defer { ERR_clear_error() }
    return der.withUnsafeBufferPointer { buffer -> String? in
      var start = buffer.baseAddress
      guard let certificate = d2i_X509(nil, &start, buffer.count) else { return nil }
      defer { X509_free(certificate) }
      guard let subject = X509_get_subject_name(certificate) else { return nil }
      let index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
      // Of two names nobody knows which is meant.
      guard index >= 0, X509_NAME_get_index_by_NID(subject, NID_commonName, index) < 0,
        let entry = X509_NAME_get_entry(subject, index), let data = X509_NAME_ENTRY_get_data(entry)
      else { return nil }
      var text: UnsafeMutablePointer<UInt8>?
      let count = ASN1_STRING_to_UTF8(&text, data)
      guard count > 0, let text else { return nil }
      defer { CRYPTO_free(text, #file, #line) }
      let bytes = UnsafeBufferPointer(start: text, count: Int(count))
      // A name that ends before its end is two names to those who read it differently.
      return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }
  }
}
