"""Mail servers: aiosmtpd's, which answers as it is told to, and some that behave badly."""
import email
import email.policy
import socket
import ssl
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class MailServer:
    """`answers` maps recipients to what is said to them; `final` is said to each mail. `taken` holds the mails, parsed,
    with the recipients of each."""

    def __init__(self, certificate=None, tls="none", user=None):
        self.answers = {}
        self.final = "250 taken"
        self.taken = []
        self.logins = []
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
        server = self

        def authenticate(_, session, envelope, mechanism, data):
            server.logins.append((mechanism, data.login.decode(), session.ssl is not None))
            return AuthResult(success=(data.login.decode(), data.password.decode()) == user)

        settings = {"require_starttls": True, "tls_context": context} if tls == "starttls" else {}
        if user:
            settings |= {"authenticator": authenticate, "auth_required": True,
                         "auth_require_tls": tls == "starttls"}
        if tls == "tls":
            settings["ssl_context"] = context
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port(), **settings)
        self.port = self.controller.port

    async def handle_RCPT(self, server, session, envelope, address, options):
        said = self.answers.get(address, "250 ok")
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server, session, envelope):
        said = self.final
        if said.startswith("250"):
            assert all(len(line) <= 998 for line in envelope.content.split(b"\r\n"))
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            self.taken.append((mail, envelope.mail_from, list(envelope.rcpt_tos)))
        return said

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *_):
        self.controller.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class BadServer:
    """Takes connections and says `lines`, one to each line that it hears; then it ends, or hangs."""

    def __init__(self, lines, hangs=False):
        self.lines = lines
        self.hangs = hangs
        self.heard = []
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.ended = threading.Event()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._speak, args=(connection,), daemon=True).start()

    def _speak(self, connection):
        with connection, connection.makefile("rb") as reader:
            try:
                for line in self.lines:
                    connection.sendall(line.encode() + b"\r\n")
                    heard = reader.readline()
                    self.heard.append(heard)
                    if heard.startswith(b"DATA"):
                        connection.sendall(b"354 go on\r\n")
                        while reader.readline() not in (b".\r\n", b""):
                            pass
                if self.hangs:
                    self.ended.wait(120)
            except OSError:
                pass

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.listener.close()
