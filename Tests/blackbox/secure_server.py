"""The real binary with TLS or with an issuer of tokens, and who asks it."""
import http.client
import ssl
import urllib.error
import urllib.parse
import urllib.request

from server import Server


class SecureServer(Server):
    """`http` are keys of `http: { … }` beside `listen`. With a `context` it is asked over https; without a token only
    `/healthz` tells whether it runs where tokens are asked for."""

    def __init__(self, http, context=None, token=None, health="/healthz", **rest):
        super().__init__(**rest)
        self.context, self.token, self.health = context, token, health
        listen = f'"127.0.0.1:{self.http}"'
        self.config.write_text(self.config.read_text().replace(f"{listen} }}", f"{listen}, {http} }}", 1))

    @property
    def url(self):
        return f"http{'s' if self.context else ''}://localhost:{self.http}"

    def get(self, path, **query):
        if path == "/readyz":
            path = self.health
        query = {name.rstrip("_"): value for name, value in query.items()}
        url = f"{self.url}{path}" + ("?" + urllib.parse.urlencode(query) if query else "")
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        with urllib.request.urlopen(
                urllib.request.Request(url, headers=headers), timeout=30, context=self.context) as answer:
            return answer.read()

    def status(self, path="/v1/devices", token=None):
        """The status of an answer, with a token or without one."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(f"{self.url}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30, context=self.context) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def connection(self, context=None):
        """One that stays."""
        return http.client.HTTPSConnection("localhost", self.http, timeout=30, context=context or self.context)


def trusting(authority, client=None):
    """What a client believes, and the certificate that it shows."""
    context = ssl.create_default_context(cafile=authority.path)
    if client:
        context.load_cert_chain(*client)
    return context
