import Testing
import Text

@testable import ObjectStore

@Suite struct ObjectLocationTests {
  @Test func parts() throws {
    let location = try ObjectLocation("s3://lake/a//b/", endpoint: "https://s3.example.vn:8443", region: "vn-1")
    #expect(location.bucket == "lake")
    #expect(location.prefix == "a/b")
    #expect("\(location)" == "s3://lake/a/b")
    #expect(location.endpointText == "https://s3.example.vn:8443")
    #expect(location.key("x") == "a/b/x")
    #expect(location.key("") == "a/b/")
    #expect(location.name("a/b/x/y") == "x/y")
    #expect(location.name("a/bc") == nil)
    let whole = try ObjectLocation("s3://lake", endpoint: nil, region: "ap-southeast-1", isPathStyle: false)
    #expect(whole.key("x") == "x")
    #expect(whole.key("") == "")
    #expect("\(whole.address(key: "x", query: []))" == "https://lake.s3.ap-southeast-1.amazonaws.com/x")
    #expect(
      "\(whole.address(key: "", query: [QueryItem("uploads")]))"
        == "https://lake.s3.ap-southeast-1.amazonaws.com/?uploads=")
    #expect("\(location.address(key: "", query: []))" == "https://s3.example.vn:8443/lake")
  }

  @Test(
    arguments: [
      ("http://lake", nil, "us-east-1"), ("s3://", nil, "us-east-1"), ("s3://La/ke", nil, "us-east-1"),
      ("s3://lake/../x", nil, "us-east-1"), ("s3://lake", "https://h/path", "us-east-1"),
      ("s3://lake", "ftp://h", "us-east-1"), ("s3://lake", nil, ""), ("s3://lake", nil, "a/b"),
    ] as [(String, String?, String)])
  func whatIsNone(url: String, endpoint: String?, region: String) {
    let found = fault { _ = try ObjectLocation(url, endpoint: endpoint, region: region) }
    #expect(found?.kind == .local)
    #expect(found?.description.hasPrefix("cannot use store \(url): ") == true)
  }

  @Test(arguments: ["", "/a", "a/", "a//b", "./a", "a/..", "a\nb", String(repeating: "n", count: 1_025)])
  func namesThatNoObjectHas(name: String) throws {
    let transport = TestTransport([])
    let client = try testClient(transport)
    #expect(fault { try client.put([], as: name) }?.kind == .local)
    #expect(transport.seen.isEmpty)
  }

  @Test func folders() throws {
    let transport = TestTransport([.done()])
    let client = try testClient(transport).folder("tables/a%20b/_log")
    try client.put([], as: "1.json")
    #expect(transport.seen.first?.address.target == "/lake/base/tables/a%2520b/_log/1.json")
    #expect(client.label == "s3://lake/base/tables/a%20b/_log at http://127.0.0.1:9000")
  }
}
