import Testing
import Text

@testable import ObjectStore

/// The first are AWS' own ("Signature Version 4 test suite", and S3's "Examples: Signature Calculations"); the last were
/// made with botocore.
@Suite struct SignatureV4Tests {
  private func signature(
    _ signer: SignatureV4, _ method: String = "GET", path: String = "/", query: [QueryItem] = [], headers: [Header],
    payload: String = "", time: String
  ) -> String {
    let text = signer.authorization(
      method: method, path: path, query: query, headers: headers, payloadHash: SignatureV4.hash(Array(payload.utf8)),
      time: time)
    return text.split(separator: "Signature=").last.map(String.init) ?? ""
  }

  private let suite = SignatureV4(
    Credentials(keyId: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), region: "us-east-1",
    service: "service")
  private let suiteHeaders = [Header("Host", "example.amazonaws.com"), Header("X-Amz-Date", "20150830T123600Z")]

  @Test func getVanilla() {
    let text = suite.authorization(
      method: "GET", path: "/", query: [], headers: suiteHeaders, payloadHash: SignatureV4.hash([]),
      time: "20150830T123600Z")
    #expect(
      text == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        + "SignedHeaders=host;x-amz-date, "
        + "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")
  }

  @Test(arguments: [
    ([("Param2", "value2"), ("Param1", "value1")], "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    ([("Param1", "value2"), ("Param1", "Value1")], "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"),
    ([("Param1", "value2"), ("Param1", "value1")], "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"),
  ])
  func getVanillaQueryOrder(items: [(String, String)], expected: String) {
    let query = items.map { QueryItem($0.0, $0.1) }
    #expect(signature(suite, query: query, headers: suiteHeaders, time: "20150830T123600Z") == expected)
  }

  private let s3 = SignatureV4(
    Credentials(keyId: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    region: "us-east-1")

  private func s3Headers(_ payload: String = "", _ more: [Header] = []) -> [Header] {
    [
      Header("Host", "examplebucket.s3.amazonaws.com"), Header("x-amz-date", "20130524T000000Z"),
      Header("x-amz-content-sha256", SignatureV4.hash(Array(payload.utf8))),
    ] + more
  }

  @Test func s3Get() {
    let found = signature(
      s3, path: "/test.txt", headers: s3Headers("", [Header("Range", "bytes=0-9")]), time: "20130524T000000Z")
    #expect(found == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
  }

  @Test func s3PutWithPayload() {
    let payload = "Welcome to Amazon S3."
    let headers = s3Headers(
      payload, [Header("Date", "Fri, 24 May 2013 00:00:00 GMT"), Header("x-amz-storage-class", "REDUCED_REDUNDANCY")])
    let found = signature(
      s3, "PUT", path: "/test%24file.text", headers: headers, payload: payload, time: "20130524T000000Z")
    #expect(found == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
  }

  @Test func s3QueryWithoutValueAndList() {
    let lifecycle = signature(
      s3, query: [QueryItem("lifecycle")], headers: s3Headers(), time: "20130524T000000Z")
    #expect(lifecycle == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
    let list = signature(
      s3, query: [QueryItem("max-keys", "2"), QueryItem("prefix", "J")], headers: s3Headers(),
      time: "20130524T000000Z")
    #expect(list == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
  }

  /// A name that is percent-encoded itself is encoded once more, and each octet once.
  @Test func namesAndTheCondition() throws {
    let key = "tables/a%20b/date=2026-11-20/độ +~*'(x).json"
    let location = try ObjectLocation("s3://lake", endpoint: "http://127.0.0.1:9000")
    let address = location.address(key: key, query: [])
    #expect(
      address.target == "/lake/tables/a%2520b/date%3D2026-11-20/%C4%91%E1%BB%99%20%2B~%2A%27%28x%29.json")
    let headers = [
      Header("Host", address.hostField), Header("If-None-Match", "*"), Header("x-amz-date", "20130524T000000Z"),
      Header("x-amz-security-token", "the-token"),
      Header("x-amz-content-sha256", SignatureV4.hash(Array("hello".utf8))),
    ]
    let found = signature(
      s3, "PUT", path: address.target, headers: headers, payload: "hello", time: "20130524T000000Z")
    #expect(found == "8d087cc32c073f8c478d4295360e053409f1bfcd26907f8809a0c1848e65cc09")
  }

  @Test func queriesAreEncodedAndInOrder() {
    let items = [QueryItem("uploads"), QueryItem("prefix", "a%20b/đ +"), QueryItem("list-type", "2")]
    #expect(SignatureV4.query(items) == "list-type=2&prefix=a%2520b%2F%C4%91%20%2B&uploads=")
    #expect(SignatureV4.time(TestClock.start + 999_999_999) == "20130524T000000Z")
  }

  /// What the client sends is what it signed.
  @Test func theClientSigns() throws {
    let transport = TestTransport([.done()])
    try testClient(transport).put(Array("hello".utf8), as: "a b")
    let sent = try #require(transport.seen.first)
    #expect(sent.method == .put)
    #expect("\(sent.address)" == "http://127.0.0.1:9000/lake/base/a%20b")
    #expect(sent.header("host") == "127.0.0.1:9000")
    #expect(sent.header("x-amz-content-sha256") == SignatureV4.hash(Array("hello".utf8)))
    let expected = s3.authorization(
      method: "PUT", path: "/lake/base/a%20b", query: [], headers: sent.headers.filter { $0.name != "Authorization" },
      payloadHash: SignatureV4.hash(Array("hello".utf8)), time: "20130524T000000Z")
    #expect(sent.header("authorization") == expected)
  }
}
