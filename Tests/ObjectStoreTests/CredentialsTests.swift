import Sys
import Testing

@testable import ObjectStore

@Suite struct CredentialsTests {
  private let text = """
    # of the province
    [default]
    aws_access_key_id = one
    aws_secret_access_key=sec=ret/+
    region = vn-1

    [profile lake]
    AWS_ACCESS_KEY_ID=two
    aws_secret_access_key =  other
    aws_session_token = token==
    s3 =
      max_concurrent_requests = 20
    [half]
    aws_access_key_id = three
    """

  @Test func profiles() throws {
    let file = CredentialsFile(text)
    #expect(try file.credentials(profile: "default") == Credentials(keyId: "one", secret: "sec=ret/+"))
    #expect(
      try file.credentials(profile: "lake") == Credentials(keyId: "two", secret: "other", sessionToken: "token=="))
    #expect(throws: CredentialsFault("profile [half] has no aws_secret_access_key")) {
      try file.credentials(profile: "half")
    }
    #expect(throws: CredentialsFault("it has no profile [x]")) { try file.credentials(profile: "x") }
    #expect(try CredentialsFile(text.replacing("\n", with: "\r\n")).credentials(profile: "default").keyId == "one")
  }

  @Test func nobodySeesThem() {
    let credentials = Credentials(keyId: "the-id", secret: "the-secret", sessionToken: "the-token")
    var dumped = ""
    dump(credentials, to: &dumped)
    for text in ["\(credentials)", String(reflecting: credentials), "\([credentials])", dumped] {
      #expect(!text.contains("the-"))
    }
  }

  @Test func environment() throws {
    var environment = testEnvironment
    environment["AWS_SESSION_TOKEN"] = "token"
    #expect(try CredentialsSource(environment: environment).current().sessionToken == "token")
    environment["AWS_SECRET_ACCESS_KEY"] = ""
    #expect(
      fault { _ = try CredentialsSource(environment: environment) }?.description
        == "cannot read credentials from the environment: AWS_SECRET_ACCESS_KEY is not set")
  }

  @Test func aFileIsReadAnew() throws {
    let folder = try TestFolder()
    let path = folder.path + "/credentials"
    let source = CredentialsSource(file: path)
    #expect(
      fault { _ = try source.current() }?.description == "cannot read credentials \(path): there is no such file")
    try folder.write(Array("[default]\naws_access_key_id=a\naws_secret_access_key=b".utf8), to: "credentials")
    #expect(try source.current().keyId == "a")
    try folder.write(Array("[default]\naws_access_key_id=longer\naws_secret_access_key=b".utf8), to: "credentials")
    #expect(try source.current().keyId == "longer")
    // Half written, or gone: what was known stays.
    try folder.write(Array("[default]\naws_access".utf8), to: "credentials")
    #expect(try source.current().keyId == "longer")
    try FileSystem.unlink(path)
    #expect(try source.current(isForced: true).keyId == "longer")
  }

  /// Credentials that the store refuses are read anew, once, and only others are tried.
  @Test func refusedCredentials() throws {
    let folder = try TestFolder()
    let path = folder.path + "/credentials"
    try folder.write(Array("[default]\naws_access_key_id=old\naws_secret_access_key=b".utf8), to: "credentials")
    let source = CredentialsSource(file: path)
    let transport = TestTransport([.refused(400, "ExpiredToken"), .done(), .refused(403, "AccessDenied")])
    let client = try testClient(transport, credentials: source)
    _ = try source.current()
    try folder.write(Array("[default]\naws_access_key_id=new\naws_secret_access_key=b".utf8), to: "credentials")
    #expect(try source.current().keyId == "new")
    // As if it had changed while the request was on its way.
    #expect(fault { try client.put([], as: "a") }?.kind == .notPermitted)
    #expect(transport.seen.count == 1)
    try client.put([], as: "a")
    let refused = fault { try client.put([], as: "a") }
    #expect(refused?.kind == .notPermitted)
    #expect(
      refused?.description
        == "cannot put object s3://lake/base/a at http://127.0.0.1:9000: it answered 403 AccessDenied (m)")
    #expect(transport.left == 0)
  }

  @Test func othersAreTriedOnce() throws {
    let folder = try TestFolder()
    let path = folder.path + "/credentials"
    try folder.write(Array("[default]\naws_access_key_id=old\naws_secret_access_key=b".utf8), to: "credentials")
    let source = CredentialsSource(file: path)
    let transport = ChangingTransport {
      let text = "[default]\naws_access_key_id=new\naws_secret_access_key=b"
      _ = try? folder.write(Array(text.utf8), to: "credentials")
    }
    try testClient(transport, credentials: source).put([], as: "a")
    #expect(transport.script.seen.map { $0.header("Authorization")?.contains("=new/") } == [false, true])
  }
}

/// Refuses once, after something has changed.
private final class ChangingTransport: ObjectTransport {
  let script = TestTransport([.refused(403, "ExpiredToken"), .done()])
  private let change: @Sendable () -> Void

  init(_ change: @escaping @Sendable () -> Void) { self.change = change }

  func exchange(_ request: TransportRequest, into sink: any BodySink) throws(TransportFault) {
    change()
    try script.exchange(request, into: sink)
  }
}
