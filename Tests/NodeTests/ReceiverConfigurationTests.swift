import Alerts
import Foundation
import Primitives
import Testing

@testable import Node

@Suite struct ReceiverConfigurationTests {
  private func read(_ text: String) throws -> AlertSettings {
    try ConfigurationReader.read(text, file: "/etc/thinai/c.yaml").alerts
  }

  @Test func theirKeysAreRead() throws {
    let scratch = try ScratchDirectory()
    let password = try scratch.write("mật khẩu\n", to: "password")
    let settings = try read(
      """
      webhooks:
        - { name: ioc, url: "https://ioc.vn/x", secret: "${HOME}", group: 30s, severity: error }
        - { name: chat, url: "http://chat.vn", body: "{message}", headers: { Authorization: "Bearer ${HOME}", X-A: b } }
        - { name: form, url: "http://f.vn", body: "a={message}", content_type: application/x-www-form-urlencoded }
      alertmanager:
        - { url: "http://127.0.0.1:9093/am/api/v2/alerts", labels: { province: "52" }, resend: 30s, link: "https://t.vn/" }
        - { name: second, url: "https://am.vn/", severity: critical, headers: { X-Scope-OrgID: a } }
      mail: { host: mail.vn, from: "Thị Nại <n@a.vn>", to: [x@a.vn, "Trực \\"ban\\" <y@a.vn>"], user: u,
        password_file: "\(password)", ca: ca.pem, group: 1m, subject: "{count}: {message}", body: "{alerts}" }
      """)
    #expect(settings.receivers.map(\.name) == ["ioc", "chat", "form", "alertmanager", "second", "mail"])
    let home = try #require(ProcessInfo.processInfo.environment["HOME"])
    #expect(
      settings.webhooks[0].choice.groupNanos == 30 * Nanos.perSecond && settings.webhooks[0].secret == Array(home.utf8))
    #expect(settings.webhooks[0].choice.severity == .error)
    #expect(settings.webhooks[1].headers.map(\.value).sorted() == ["Bearer \(home)", "b"])
    #expect(settings.webhooks[1].contentType == "text/plain; charset=utf-8" && settings.webhooks[1].secret.isEmpty)
    #expect(settings.webhooks[2].body?.form == .form)
    let alertmanager = settings.alertmanagers[0]
    #expect(alertmanager.url == "http://127.0.0.1:9093/am" && alertmanager.labels == ["province": "52"])
    #expect(alertmanager.resendNanos == 30 * Nanos.perSecond && alertmanager.link == "https://t.vn")
    #expect(settings.alertmanagers[1].url == "https://am.vn")
    let mail = settings.mails[0]
    #expect(mail.security == .startTLS && mail.port == 587 && mail.authorities == "/etc/thinai/ca.pem")
    #expect(mail.from.name == "Thị Nại" && mail.from.address == "n@a.vn" && mail.to[1].name == "Trực \"ban\"")
    #expect(mail.password == Array("mật khẩu".utf8) && mail.choice.groupNanos == Nanos.perMinute)
    #expect(mail.to.map(\.domain) == ["a.vn", "a.vn"])
  }

  @Test(arguments: [
    ("127.0.0.1", MailSettings.Security.none, 25), ("localhost:2525", .none, 2_525), ("[::1]:26", .none, 26),
    ("mail.vn", .startTLS, 587), ("[2001:db8::1]", .startTLS, 587), ("2001:db8::1", .startTLS, 587),
  ]) func whatStaysHereNeedsNoLock(host: String, security: MailSettings.Security, port: Int) throws {
    let mail = try read("mail: { host: \"\(host)\", from: a@b.vn, to: c@d.vn }").mails[0]
    #expect(mail.security == security && mail.port == port && !mail.host.contains("["))
    let other = try read("mail: { host: \"\(host)\", tls: tls, from: a@b.vn, to: c@d.vn, port: 1 }").mails[0]
    #expect(other.security == .tls && other.port == 1)
  }

  @Test(arguments: [
    (
      "webhooks: [{ name: a, url: \"http://a.vn\", body: \"{mesage}\" }]",
      "webhooks[0].body: {mesage} is none of {aggregate}"
    ),
    ("webhooks: [{ name: a, url: \"http://a.vn\", body: { a: \"{x}\" } }]", "webhooks[0].body: {x} is none of"),
    ("webhooks: [{ name: a, url: \"http://a.vn\" }]", "either secret_file or secret"),
    ("webhooks: [{ name: a, url: \"http://a.vn\", secret: \"${HOME}\", content_type: a/b }]", "goes with a body"),
    ("webhooks: [{ name: a, url: \"http://a.vn\", secret: \"${HOME}\", group: 2h }]", "group: 2h is no length of time"),
    (
      "webhooks: [{ name: a, url: \"http://a.vn\", body: x, headers: { Host: b } }]",
      "is no header that can be set here"
    ),
    ("webhooks: [{ name: a, url: \"http://a.vn\", body: x, headers: { X-ThiNai-Delivery: b } }]", "is no header"),
    ("webhooks: [{ name: a, url: \"http://a.vn\", body: x, headers: { X: \"${NOPE_X}\" } }]", "has no variable NOPE_X"),
    ("webhooks: [{ name: a, url: \"http://a.vn\", body: x, headers: { X: \"a\\nb\" } }]", "no control characters"),
    (
      "webhooks: [{ name: mail, url: \"http://a.vn\", body: x }]\nmail: { host: h, from: a@b, to: c@d }",
      "two are named mail"
    ),
    ("alertmanager: { url: ftp://x }", "alertmanager.url: must be an address"),
    ("alertmanager: { url: \"http://a.vn\", labels: { 1a: b } }", "1a: is no label"),
    ("alertmanager: { url: \"http://a.vn\", labels: { device: b } }", "device: is no label"),
    ("alertmanager: { url: \"http://a.vn\", resend: 5m }", "resend: 5m is no length"),
    ("alertmanager: { url: \"http://a.vn\", group: 5m }", "alertmanager.group: no such key"),
    ("alertmanager: x", "alertmanager must be a mapping"),
    ("mail: { from: a@b.vn, to: c@d.vn }", "mail.host: must be a host"),
    ("mail: { host: \"a b\", from: a@b.vn, to: c@d.vn }", "mail.host: must be a host"),
    ("mail: { host: h, to: c@d.vn }", "mail.from: is missing"),
    ("mail: { host: h, from: a@b.vn }", "mail.to: is missing"),
    ("mail: { host: h, from: \"a@b.vn\\r\\nRCPT TO:<x@y>\", to: c@d.vn }", "is no address such as"),
    ("mail: { host: h, from: a@b.vn, to: [c@d.vn, c@d.vn] }", "c@d.vn stands there twice"),
    ("mail: { host: h, from: a@b.vn, to: c@d.vn, tls: ssl }", "ssl is none of none, starttls, tls"),
    ("mail: { host: h, from: a@b.vn, to: c@d.vn, tls: none, user: u, password: \"${HOME}\" }", "over TLS alone"),
    ("mail: { host: h, from: a@b.vn, to: c@d.vn, user: u }", "either password_file or password"),
    ("mail: { host: h, from: a@b.vn, to: c@d.vn, password: \"${HOME}\" }", "mail.user: is missing"),
    ("mail: { host: h, from: a@b.vn, to: c@d.vn, tls: none, ca: x }", "mail.ca: goes with tls"),
    ("mail: { host: h, from: a@b.vn, to: c@d.vn, subject: \"{x}\" }", "mail.subject: {x} is none of"),
    ("mail: { host: h, from: a@b.vn, to: c@d.vn, rules: [x] }", "there is no rule x"),
  ]) func whatCannotBeUsedIsNamed(text: String, cause: String) {
    let faults = ConfigurationReader.examine(text, file: "c.yaml").faults.map(\.description)
    #expect(faults.contains { $0.contains(cause) }, "\(faults)")
  }

  @Test(arguments: [
    "", "a", "@b.vn", "a@", "a@b..vn", ".a@b.vn", "a b@c.vn", "a@b@c.vn", "<a@b.vn", "a@b.vn>", "a@b_c.vn",
    "é@b.vn", "x\n<a@b.vn>", "a@b.vn, c@d.vn", "\"a\"@b.vn",
  ]) func whatIsNoAddressOfMail(text: String) { #expect(MailAddress(text) == nil) }
}
