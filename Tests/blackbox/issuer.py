"""An issuer of tokens over https, whose keys and moods a test decides."""
import base64
import collections
import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

MADE = {
    "RS256": lambda name: RSAKey.generate_key(2048, {"kid": name}),
    "ES256": lambda name: ECKey.generate_key("P-256", {"kid": name}),
    "EdDSA": lambda name: OKPKey.generate_key("Ed25519", {"kid": name}),
}


def base64url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


class Key:
    """A pair of keys of an algorithm."""

    def __init__(self, algorithm, name):
        self.algorithm, self.name = algorithm, name
        self.key = MADE[algorithm](name)

    def public(self, **more):
        return {**self.key.as_dict(private=False), "use": "sig", "alg": self.algorithm, **more}

    def sign(self, claims, **head):
        """A token as a library makes it."""
        head = {"typ": "JWT", "alg": self.algorithm, "kid": self.name, **head}
        return jwt.encode({k: v for k, v in head.items() if v is not None}, claims, self.key, algorithms=list(MADE))

    def signature(self, text):
        """Of any octets, as JOSE has it."""
        private = self.key.private_key
        if self.algorithm == "RS256":
            return private.sign(text, padding.PKCS1v15(), hashes.SHA256())
        if self.algorithm == "ES256":
            r, s = utils.decode_dss_signature(private.sign(text, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return private.sign(text)

    def forged(self, claims, sign=None, **head):
        """A token whose head and claims say whatever they like; `sign` makes another signature than the key's."""
        head = {"typ": "JWT", "alg": self.algorithm, "kid": self.name, **head}
        text = f"{base64url(json.dumps(head).encode())}.{base64url(json.dumps(claims).encode())}"
        return f"{text}.{base64url((sign or self.signature)(text.encode()))}"


class Issuer:
    """Answers `/.well-known/openid-configuration` and `/jwks` while it is not `away`."""

    def __init__(self, keys, certificate, port=0):
        self.keys, self.asked, self.away, self.document = keys, collections.Counter(), False, {}
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked[self.path] += 1
                body = json.dumps(issuer.answer(self.path)).encode()
                self.send_response(503 if issuer.away else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_port
        self.url = f"https://localhost:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path):
        if path == "/jwks":
            return {"keys": [key if isinstance(key, dict) else key.public() for key in self.keys]}
        return {"issuer": self.url, "jwks_uri": self.url + "/jwks", **self.document}

    def claims(self, **more):
        """Those of a token that is right; None leaves one out."""
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": "thinai", "sub": "an", "iat": now, "exp": now + 600, "thinai_scopes": ["read"],
            **more}
        return {name: value for name, value in claims.items() if value is not None}

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
