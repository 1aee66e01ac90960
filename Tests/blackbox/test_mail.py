"""Alerts by mail: aiosmtpd takes them, and servers that fail, hang and die delay nobody else and lose nothing."""
import subprocess

import pytest

from alert_receiver import Receiver
from certificates import Authority
from mail_server import BadServer, MailServer
from server import BINARY, balanced
from test_alerts import alert_server, level

pytest.importorskip("aiosmtpd")
TWO = '["a@x.vn", "Trực ban <b@x.vn>"]'


def mail_config(port, more="", to=TWO):
    return f'mail: {{ host: "127.0.0.1", port: {port}, from: "Thị Nại <thinai@quynhon.vn>", to: {to}{more} }}\n'


def pending(server, name="mail"):
    return f'thinai_receiver_pending{{receiver="{name}",kind="mail"}} 0' not in server.get("/metrics").decode()


def test_mails_say_what_happened(home):
    """A begin and its end: Vietnamese in subject and text, one thread, each to all recipients at once."""
    with MailServer() as mails:
        with alert_server(home, more=mail_config(mails.port, ", rules: [nuoc-cao]")) as server:
            level(server, "gauge-1", 4.6)
            server.wait_for(lambda: len(mails.taken) == 1)
            level(server, "gauge-1", 1)
            server.wait_for(lambda: len(mails.taken) == 2)
            server.wait_for(lambda: not pending(server))
            (begin, sender, recipients), (end, _, _) = mails.taken
            assert sender == "thinai@quynhon.vn" and recipients == ["a@x.vn", "b@x.vn"]
            assert begin["From"].addresses[0].display_name == "Thị Nại", begin["From"]
            assert [a.display_name for a in begin["To"].addresses] == ["", "Trực ban"], begin["To"]
            message = "Mực nước tại Cầu Diêu Trì (Phường Quy Nhơn) là 4.6 m, trên 4.5 m [gauge-1]"
            assert begin["Subject"] == f"[CRITICAL] {message}", begin["Subject"]
            text = begin.get_content()
            for word in (message, "gauge-1", "Phường Quy Nhơn (21583)", "nuoc-cao", "4.6", "test-01"):
                assert word in text, (word, text)
            assert end["Subject"] == "[OK] Nước rút: 1 m" and end["In-Reply-To"] == begin["Message-ID"], end
            assert begin["Date"].datetime.tzinfo and begin["MIME-Version"] == "1.0"
            balanced(server.ask("/v1/ledger"))


def test_a_recipient_who_is_refused(home):
    """550 costs only that recipient and is named; 450 is tried again, and nobody gets it twice, over a kill too."""
    with MailServer() as mails:
        mails.answers = {"b@x.vn": "550 5.1.1 no such user", "c@x.vn": "450 4.7.1 greylisted"}
        more = mail_config(mails.port, ", rules: [nuoc-cao]", to="[a@x.vn, b@x.vn, c@x.vn]")
        with alert_server(home, more=more) as server:
            level(server, "gauge-1", 5)
            server.wait_for(lambda: [to for _, _, to in mails.taken] == [["a@x.vn"]])
            warnings = server.wait_for(lambda: "no such user" in server.log() and server.log())
            assert "b@x.vn is refused: 550 5.1.1 no such user" in warnings, warnings
            server.wait_for(lambda: "greylisted" in server.log())
            server.kill()
            mails.answers.pop("c@x.vn")
            server.start()
            server.wait_for(lambda: [to for _, _, to in mails.taken] == [["a@x.vn"], ["c@x.vn"]], seconds=60)
            server.wait_for(lambda: not pending(server))
            # The same mail, by its id.
            assert len({mail["Message-ID"] for mail, _, _ in mails.taken}) == 1, mails.taken


def test_a_mail_that_is_refused(home):
    """554 to the mail itself gives it up by name; what follows is told."""
    with MailServer() as mails:
        mails.final = "554 5.6.0 it is spam"
        with alert_server(home, more=mail_config(mails.port, ", rules: [nuoc-cao]")) as server:
            level(server, "gauge-1", 5)
            given_up = 'thinai_receiver_given_up_total{receiver="mail",kind="mail",reason="refused"} 1'
            server.wait_for(lambda: given_up in server.get("/metrics").decode())
            server.wait_for(lambda: "it is spam" in server.log())
            mails.final = "250 taken"
            level(server, "gauge-2", 5)
            server.wait_for(lambda: [m["Subject"][-9:] for m, _, _ in mails.taken] == ["[gauge-2]"])


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_over_tls(home, tls):
    """With a certificate of an authority that is named, a user and a password; not to one that another signed."""
    authority = Authority(home / "ca")
    (home / "password").write_text("mật khẩu\n")
    user = ("trực", "mật khẩu")
    more = f', rules: [nuoc-cao], tls: {tls}, ca: "{authority.path}", user: "trực", password_file: "{home}/password"'
    with MailServer(authority.server(), tls, user) as mails:
        with alert_server(home, more=mail_config(mails.port, more)) as server:
            level(server, "gauge-1", 5)
            server.wait_for(lambda: len(mails.taken) == 1)
            assert mails.logins[0][:2] == ("PLAIN", "trực") and mails.logins[0][2] == (tls == "starttls"), mails.logins
            check = subprocess.run([BINARY, "check-config", server.config], capture_output=True, text=True)
            assert check.returncode == 0 and "mail to 2" in check.stdout, check
    other = Authority(home / "other", "another authority")
    with MailServer(other.server(), tls, user) as mails:
        with alert_server(home, more=mail_config(mails.port, more)) as server:
            level(server, "gauge-1", 5)
            server.wait_for(lambda: "not trusted" in server.log())
            assert not mails.taken and not mails.logins


def test_a_server_without_starttls_gets_nothing(home):
    """Whoever hides STARTTLS is told nothing, the password least of all."""
    (home / "password").write_text("geheim")
    lines = ["220 a", "250-a\r\n250 AUTH PLAIN", "250 ok"]
    with BadServer(lines) as bad:
        more = f', tls: starttls, user: u, password_file: "{home}/password"'
        with alert_server(home, more=mail_config(bad.port, more)) as server:
            level(server, "gauge-1", 5)
            server.wait_for(lambda: "it offers no STARTTLS" in server.log())
            said = b"".join(bad.heard)
            assert b"AUTH" not in said and b"MAIL" not in said, said


@pytest.mark.parametrize("lines,hangs", [
    ([], True), (["220 a"], True), (["220 a", "250 a", "250 ok"], False),
    (["220 a", "250 a", "250 ok", "250 ok", "250 ok"], False), (["554 go away"], False), (["garbage"] * 3, False),
])
def test_a_bad_server_delays_nobody(home, lines, hangs):
    """It hangs, dies in the middle or says nonsense: others are told at once, the node stops, and nothing is lost."""
    with BadServer(lines, hangs) as bad, Receiver() as working, MailServer() as mails:
        more = mail_config(bad.port, ", name: bad, rules: [nuoc-cao]").replace("mail: {", "mail:\n  - {") + (
            "  - " + mail_config(mails.port, ", name: good, rules: [nuoc-cao]")[6:])
        with alert_server(home, [(working.url, "")], more=more) as server:
            level(server, "gauge-1", 5)
            server.wait_for(lambda: working.said("nuoc-cao") == [("firing", "gauge-1")])
            server.wait_for(lambda: len(mails.taken) == 1)
            server.wait_for(lambda: bad.connections >= 1)
            level(server, "gauge-1", 1)
            server.wait_for(lambda: len(mails.taken) == 2)
            assert server.stop() == 0
            # Another server in its place gets all of it.
            server.config.write_text(server.config.read_text().replace(f"port: {bad.port}", f"port: {mails.port}"))
            server.start()
            server.wait_for(lambda: len(mails.taken) == 4)
            ids = [mail["Message-ID"] for mail, _, _ in mails.taken]
            assert ids[:2] == ids[2:], ids


def test_many_are_one_mail(home):
    """A group is one mail, with a subject and a text of the configuration's own."""
    rest = ', rules: [nuoc-cao], group: 2s, subject: "{count} cảnh báo", body: "{alerts}"'
    with MailServer() as mails:
        with alert_server(home, more=mail_config(mails.port, rest)) as server:
            level(server, "gauge-1", 5)
            level(server, "gauge-2", 6)
            server.wait_for(lambda: mails.taken)
            server.wait_for(lambda: not pending(server))
            texts = [mail.get_content() for mail, _, _ in mails.taken]
            assert sum(int(mail["Subject"].split()[0]) for mail, _, _ in mails.taken) == 2, texts
            assert "[gauge-1]" in "".join(texts) and "[gauge-2]" in "".join(texts), texts


def test_names_that_would_be_headers(home):
    """A device's name with line ends is no header and no command."""
    rules = """
rules:
  - name: nuoc-cao
    severity: critical
    event: { match: { message: "open" }, clear_after: 6h }
    message: "{device}\\r\\nBcc: evil@x.vn\\r\\n\\r\\n.\\r\\nQUIT\\r\\n"
"""
    with MailServer() as mails:
        with alert_server(home, rules=rules, more=mail_config(mails.port)) as server:
            server.send("syslog", [b"<11>1 - gate app 1 - - door open"])
            server.wait_for(lambda: len(mails.taken) == 1)
            mail, _, recipients = mails.taken[0]
            assert recipients == ["a@x.vn", "b@x.vn"] and mail["Bcc"] is None, mail
            assert "Bcc: evil@x.vn" in mail["Subject"] and "\nQUIT" in mail.get_content(), mail
