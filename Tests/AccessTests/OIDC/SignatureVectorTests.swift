import Cryptography
import Testing
import Text

/// Fixed signatures of others.
@Suite struct SignatureVectorTests {
  private static let payload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

  private func bytes(_ text: String) throws -> [UInt8] { try #require(Base64URL.decode(text)) }

  /// The signature holds, and with any octet of it or of the message changed it does not.
  private func check(_ key: SignatureKey, _ signature: [UInt8], _ message: String) {
    let message = Array(message.utf8)
    #expect(key.verifies(signature, of: message))
    for index in signature.indices {
      var changed = signature
      changed[index] ^= 0x10
      #expect(!key.verifies(changed, of: message))
    }
    for index in message.indices {
      var changed = message
      changed[index] ^= 1
      #expect(!key.verifies(signature, of: changed))
    }
    #expect(!key.verifies([], of: message))
    #expect(!key.verifies(signature + [0], of: message))
    #expect(!key.verifies(Array(signature.dropLast()), of: message))
  }

  @Test func rs256() throws {
    // RFC 7515 appendix A.2.
    let modulus =
      "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZ"
      + "S-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2"
      + "R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcD"
      + "TW9gb54h4FRWyuXpoQ"
    let signature =
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CU"
      + "Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_d"
      + "O--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0ig"
      + "cN_IoypGlUPQGe77Rw"
    let key = try #require(SignatureKey.rsa(modulus: try bytes(modulus), exponent: try bytes("AQAB")))
    check(key, try bytes(signature), "eyJhbGciOiJSUzI1NiJ9." + Self.payload)
  }

  @Test func es256() throws {
    // RFC 7515 appendix A.3.
    let key = try #require(
      SignatureKey.p256(
        x: try bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
        y: try bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")))
    let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    check(key, try bytes(signature), "eyJhbGciOiJFUzI1NiJ9." + Self.payload)
  }

  @Test func edDSA() throws {
    // RFC 8037 appendix A.4.
    let key = try #require(SignatureKey.ed25519(try bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")))
    let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    check(key, try bytes(signature), "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc")
  }

  @Test func signaturesOfNoughtsAndOfTheOrderAreNone() throws {
    let numbers = SigningKey.known(.p256).numbers
    let key = try #require(SignatureKey.p256(x: numbers[0].1, y: numbers[1].1))
    let order: [UInt8] = [
      0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD, 0xA7,
      0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
    ]
    let nought = [UInt8](repeating: 0, count: 32)
    for (r, s) in [(nought, nought), (order, order), (nought, order), (order, nought)] {
      #expect(!key.verifies(r + s, of: Array("a".utf8)))
    }
  }

  @Test func numbersThatAreNoKeyMakeNone() {
    let (n, e) = (SigningKey.known(.rsa).numbers[0].1, [1, 0, 1] as [UInt8])
    #expect(SignatureKey.rsa(modulus: n, exponent: e) != nil)
    #expect(SignatureKey.rsa(modulus: [0, 0] + n, exponent: [0] + e) != nil)
    for (modulus, exponent) in [
      ([], e), (n, []), ([0], e), (n, [0]), (n, [1]), (n, [1, 0, 0]), (n, [UInt8](repeating: 255, count: 5)),
      (Array(n.dropLast()) + [2], e), (Array(n.dropFirst()), e), ([UInt8](repeating: 255, count: 1_025), e),
    ] as [([UInt8], [UInt8])] {
      #expect(SignatureKey.rsa(modulus: modulus, exponent: exponent) == nil)
    }
    let small = SigningKey(.rsa, bits: 1_024).numbers
    #expect(SignatureKey.rsa(modulus: small[0].1, exponent: small[1].1) == nil)
    let (x, y) = (SigningKey.known(.p256).numbers[0].1, SigningKey.known(.p256).numbers[1].1)
    #expect(SignatureKey.p256(x: x, y: y) != nil)
    var off = y
    off[31] ^= 1
    let nought = [UInt8](repeating: 0, count: 32)
    for (x, y) in [(x, off), (y, x), (nought, nought), (x, [0] + y), (Array(x.dropFirst()), y), ([], [])] {
      #expect(SignatureKey.p256(x: x, y: y) == nil)
    }
    #expect(SignatureKey.ed25519([UInt8](repeating: 1, count: 31)) == nil)
    #expect(SignatureKey.ed25519([]) == nil)
  }

  @Test func eachKindOfKeyHasOneAlgorithm() throws {
    let message = Array("hello".utf8)
    for kind in SigningKey.Kind.allCases {
      let signing = SigningKey.known(kind)
      let numbers = signing.numbers.map(\.1)
      let (key, algorithm): (SignatureKey?, SignatureAlgorithm) =
        switch kind {
        case .rsa: (.rsa(modulus: numbers[0], exponent: numbers[1]), .rsaSHA256)
        case .p256: (.p256(x: numbers[0], y: numbers[1]), .p256SHA256)
        case .ed25519: (.ed25519(numbers[0]), .ed25519)
        }
      #expect(key?.algorithm == algorithm)
      for other in SigningKey.Kind.allCases {
        #expect(key?.verifies(SigningKey.known(other).sign(message), of: message) == (other == kind))
      }
      #expect(key?.verifies(SigningKey(kind).sign(message), of: message) == false)
    }
  }
}
