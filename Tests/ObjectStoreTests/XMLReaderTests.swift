import Mutation
import Testing

@testable import ObjectStore

@Suite struct XMLReaderTests {
  private func read(_ text: String) throws -> XMLElement { try XMLReader.read(Array(text.utf8)) }

  @Test func documents() throws {
    let root = try read(
      "\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c --><s:List xmlns:s='u' a = \"<x>\"><Key>a&amp;b &lt;&#x111;&#10;"
        + "</Key><Empty/><Key ><![CDATA[<&]]>x<!-- no --></Key></s:List>\n")
    #expect(root.name == "List")
    #expect(root.all("Key").map(\.text) == ["a&b <đ\n", "<&x"])
    #expect(root.text("Empty") == "")
    #expect(root.text("None") == nil)
    #expect(try read("<K>\(XMLElement.escaped("a<b>&\"đ"))</K>").text == "a<b>&\"đ")
  }

  @Test(arguments: [
    "", " ", "x", "<a>", "<a></b>", "</a>", "<a/><b/>", "<a>&x;</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&#-1;</a>",
    "<a>&#x;</a>", "<a>&amp</a>", "<a b></a>", "<a b=c></a>", "<a b=\"></a>", "<!DOCTYPE a><a/>",
    "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "<?php ?><a/>", "<a><?x?></a>", "<a>x", "<![CDATA[x]]>", "<a/>x",
    "<html><body>502 Bad Gateway<br></body></html>",
  ])
  func whatIsNone(text: String) {
    #expect(throws: XMLReader.Fault.self) { try read(text) }
  }

  @Test func bounds() throws {
    #expect(throws: XMLReader.Fault.self) { try read(String(repeating: "<a>", count: 17)) }
    #expect(throws: XMLReader.Fault.self) { try read("<a>" + String(repeating: "<b/>", count: 100_000) + "</a>") }
    #expect(throws: XMLReader.Fault.self) { try XMLReader.read([0x3C, 0x61, 0x3E, 0xFF]) }
  }

  /// Whatever comes, it ends, and with a document or a fault.
  @Test func damage() {
    let page = Array(listPage(["a", "đ"], folders: ["f/"], next: "n").utf8)
    for seed in 0..<3_000 {
      var mutation = Mutation(seed: UInt64(seed))
      let damaged = mutation.damage(page)
      _ = try? XMLReader.read(damaged)
      _ = try? StoreDocument.page(damaged)
      _ = StoreDocument.refusal(damaged)
      _ = try? StoreDocument.uploads(damaged)
    }
  }
}

@Suite struct StoreDocumentTests {
  @Test func refusals() {
    let text = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message><Region>vn-2</Region></Error>"
    let refusal = StoreDocument.refusal(Array(text.utf8))
    #expect(refusal?.code == "AuthorizationHeaderMalformed")
    #expect(refusal?.region == "vn-2")
    #expect(StoreDocument.refusal(Array("<Error><Message>m</Message></Error>".utf8)) == nil)
    #expect(StoreDocument.refusal(Array("<html/>".utf8)) == nil)
  }

  @Test func pages() throws {
    let page = try StoreDocument.page(Array(listPage(["a+b%2Bc%25"], folders: ["f/"], next: "n&amp;").utf8))
    #expect(page.objects.map(\.name) == ["a b+c%"])
    #expect(page.objects.first?.byteCount == 3)
    #expect(page.objects.first?.modifiedNanos == TestClock.start)
    #expect(page.objects.first?.tag == "\"e\"")
    #expect(page.folders == ["f/"])
    #expect(page.continuation == "n&")
    let plain = listPage(["a+b"]).replacing("<EncodingType>url</EncodingType>", with: "")
    #expect(try StoreDocument.page(Array(plain.utf8)).objects.map(\.name) == ["a+b"])
  }

  @Test(arguments: [
    "<ListBucketResult/>", "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>", "<Other/>",
    "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents></ListBucketResult>",
  ])
  func pagesThatAreNone(text: String) {
    #expect(throws: StoreDocument.Fault.self) { try StoreDocument.page(Array(text.utf8)) }
  }

  @Test func whatIsAsked() {
    #expect(
      String(decoding: StoreDocument.deletion(of: ["a&b"]), as: UTF8.self).contains("<Key>a&amp;b</Key>"))
    #expect(
      String(decoding: StoreDocument.completion(["\"x\"", "y"]), as: UTF8.self).contains(
        "<Part><PartNumber>2</PartNumber><ETag>y</ETag></Part>"))
  }
}

/// A page of ListObjectsV2, names as they come over the wire.
func listPage(_ names: [String], folders: [String] = [], next: String? = nil) -> String {
  let objects = names.map {
    "<Contents><Key>\($0)</Key><LastModified>2013-05-24T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag>"
      + "<Size>3</Size></Contents>"
  }
  let prefixes = folders.map { "<CommonPrefixes><Prefix>\($0)</Prefix></CommonPrefixes>" }
  return "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"u\"><EncodingType>url</EncodingType>"
    + "<IsTruncated>\(next != nil)</IsTruncated>"
    + (next.map { "<NextContinuationToken>\($0)</NextContinuationToken>" } ?? "") + objects.joined()
    + prefixes.joined() + "</ListBucketResult>"
}
