import Cryptography
import Testing
import Text

/// Certificates that the openssl command made.
@Suite struct CertificateNameTests {
  private static let readArea =
    "MIIBtzCCAV2gAwIBAgIUAI-XJP3kENV0QjQiMTOFT_7Z8g4wCgYIKoZIzj0EAwIwMDELMAkGA1UEBhMCVk4xDTALBgNVBAoMBFPhu58xEjAQ"
    + "BgNVBAMMCXJlYWQtYXJlYTAgFw0yNjExMjkxNjAxMDZaGA8yMTI2MTEwNTE2MDEwNlowMDELMAkGA1UEBhMCVk4xDTALBgNVBAoMBFPhu58x"
    + "EjAQBgNVBAMMCXJlYWQtYXJlYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBpl7OLOJAVNRlGVoINOYyXHDOAiVH8EEWiv1dOgZBcgdJFJ"
    + "vQgTWOjdVNxmAoYlh6sJl-ZjZSXqxzHw3bVu6NajUzBRMB0GA1UdDgQWBBRonbFiUoHq6tm74LxhrZ0t3-iYWzAfBgNVHSMEGDAWgBRonbFi"
    + "UoHq6tm74LxhrZ0t3-iYWzAPBgNVHRMBAf8EBTADAQH_MAoGCCqGSM49BAMCA0gAMEUCIEOPtTtYgvDMHKazqtMsVRyWShexu9FJdZHoIkpc"
    + "ZtECAiEAzAsg0kBS6lSaZnv9nYHnCmCw-C_-Y9KQYKa7pVd5xEo"

  private static let nameless =
    "MIIBbjCCARWgAwIBAgIUEaPskkhVJgGQLKGgt5db1u3pR9QwCgYIKoZIzj0EAwIwDDEKMAgGA1UECgwBeDAgFw0yNjExMjkxNjAxMDZaGA8y"
    + "MTI2MTEwNTE2MDEwNlowDDEKMAgGA1UECgwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABAySFPFHB85eDUfuOB6saaa59Zp3IoJqqxJe"
    + "2ZVZ8rFwGvxmrYZtcJQOF0GYvAn1cBp0gMf8_CwrxtgPoaiUZp-jUzBRMB0GA1UdDgQWBBQ8OnqVfCflnzh34N7o9jefLq_TrzAfBgNVHSME"
    + "GDAWgBQ8OnqVfCflnzh34N7o9jefLq_TrzAPBgNVHRMBAf8EBTADAQH_MAoGCCqGSM49BAMCA0cAMEQCIGlPv1g8p8-a0XMFTkB9-wYUwS-p"
    + "aVRS59KT2WyONiA2AiAKZq3CVR9BP7x5AecOUTExI8hODrkO7FC9LtDVOoBMHA"

  private static let twoNames =
    "MIIBhzCCAS2gAwIBAgIUEwYXt5kZdoG0F93wbJ3zsvgmvPowCgYIKoZIzj0EAwIwGDEKMAgGA1UEAwwBYTEKMAgGA1UEAwwBYjAgFw0yNjEx"
    + "MjkxNjAxMDZaGA8yMTI2MTEwNTE2MDEwNlowGDEKMAgGA1UEAwwBYTEKMAgGA1UEAwwBYjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFWM"
    + "tNPH5hUwOF03upmENLX35IvElxKJiPOymxOkYFHo2O-XiNcpgpxOIGc6D7rY2lJ1Wd8iHL9YP5Mr1RH0GdajUzBRMB0GA1UdDgQWBBSgiVry"
    + "Ot4Gw_RLgkcedc77UT4uQTAfBgNVHSMEGDAWgBSgiVryOt4Gw_RLgkcedc77UT4uQTAPBgNVHRMBAf8EBTADAQH_MAoGCCqGSM49BAMCA0gA"
    + "MEUCIQDMfeS7SlasH-E1FF6DkY2w_9ijL2xm2Gzgh30bmn17dQIgQtM3rEyQyrY0GMAkSrCjZgqPVqYK12kglkbVOzDnV60"

  private static let vietnamese =
    "MIIBjjCCATOgAwIBAgIUS676zGncakW6gC7SSsuLSgYzV9cwCgYIKoZIzj0EAwIwGzEZMBcGA1UEAwwQU-G7nyBYw6J5IGThu7FuZzAgFw0y"
    + "NjExMjkxNjAxMjRaGA8yMTI2MTEwNTE2MDEyNFowGzEZMBcGA1UEAwwQU-G7nyBYw6J5IGThu7FuZzBZMBMGByqGSM49AgEGCCqGSM49AwEH"
    + "A0IABAjPpfDPFsn3GTKD_Q2UcBG7YqyPtLoCTN-uHRRLHPcOvpZM8W5i6-p2JaQp53i_dAeTFnibFIsvZXouHbK5o22jUzBRMB0GA1UdDgQW"
    + "BBTzCWYRJHeYPuFIei877DlBAZhYPDAfBgNVHSMEGDAWgBTzCWYRJHeYPuFIei877DlBAZhYPDAPBgNVHRMBAf8EBTADAQH_MAoGCCqGSM49"
    + "BAMCA0kAMEYCIQDKxAu3nfIjM0y4BI7nGWbgUYMQgxof8iONPENgkM13wQIhAK4OHvDBd_tCP1bR-PSCisPD8TGHmdpKb_-s8TFIOmq4"

  private func name(_ text: String) throws -> String? {
    CertificateName.commonName(der: try #require(Base64URL.decode(text)))
  }

  @Test func oneNameIsIt() throws {
    #expect(try name(Self.readArea) == "read-area")
    #expect(try name(Self.vietnamese) == "Sở Xây dựng")
    #expect(try name(Self.nameless) == nil)
    // Of two nobody knows which.
    #expect(try name(Self.twoNames) == nil)
  }

  @Test func whatIsNoCertificateHasNone() throws {
    let whole = try #require(Base64URL.decode(Self.readArea))
    for count in 0..<whole.count { #expect(CertificateName.commonName(der: Array(whole[..<count])) == nil) }
    #expect(CertificateName.commonName(der: [UInt8](repeating: 0x30, count: 400)) == nil)
  }
}
