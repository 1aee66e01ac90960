"""Tokens of an issuer: a real provider logs somebody in; keys come, go and are stolen; the issuer is away."""
import contextlib
import hashlib
import hmac
import http.client
import json
import socket
import time
import urllib.error
import urllib.parse
import urllib.request

import oidc_provider_mock
import pytest
from cryptography.hazmat.primitives import serialization

from certificates import Authority
from issuer import Issuer, Key
from secure_server import SecureServer
from server import free_port


@contextlib.contextmanager
def asked_by_tokens(home, keys=None, **oidc):
    """A server that believes an issuer over https, and the issuer."""
    authority = Authority(home)
    keys = keys or {name: Key(name, "k-" + name) for name in ("RS256", "ES256", "EdDSA")}
    with Issuer(list(keys.values()), authority.server("issuer")) as issuer:
        more = "".join(f", {name}: {value}" for name, value in oidc.items())
        with SecureServer(
                f'oidc: {{ issuer: "{issuer.url}", audience: thinai, ca: {authority.path}{more} }}') as server:
            yield server, issuer, keys


@pytest.mark.sanitized
def test_each_algorithm(home):
    with asked_by_tokens(home) as (server, issuer, keys):
        assert server.status() == 401 and server.status(token="thn_nothing") == 401
        for key in keys.values():
            assert server.status(token=key.sign(issuer.claims())) == 200
        key = keys["ES256"]
        for scopes in (None, [], ["operate"], "openid profile", 1):
            assert server.status(token=key.sign(issuer.claims(thinai_scopes=scopes))) == 403
        assert server.status(token=key.sign(issuer.claims(thinai_scopes="openid read"))) == 200
        assert server.status(token=key.sign(issuer.claims(aud=["other", "thinai"]))) == 200


def test_claims_that_are_not_right(home):
    with asked_by_tokens(home) as (server, issuer, keys):
        now, key = int(time.time()), keys["ES256"]
        for wrong in (
                {"exp": now - 300}, {"exp": None}, {"exp": "never"}, {"exp": -1e300}, {"nbf": now + 600},
                {"iat": now + 600}, {"aud": "other"}, {"aud": None}, {"aud": []}, {"aud": [["thinai"]]},
                {"iss": "https://other.example"}, {"iss": issuer.url + "/"}, {"iss": None}, {"sub": 7},
                {"thinai_areas": 52}, {"thinai_areas": [52]}, {"thinai_areas": {"52": True}}):
            token = key.forged(issuer.claims(**wrong))
            assert server.status(token=token) == 401, wrong
        for right in (
                {"exp": now - 20}, {"nbf": now + 30}, {"iat": now + 30}, {"exp": now + 600.5}, {"exp": 1e300},
                {"exp": 2 ** 63}, {"exp": 10 ** 30}, {"sub": None, "azp": "page"},
                # As long as tokens with many groups are.
                {"groups": ["g" * 99] * 110}):
            token = key.forged(issuer.claims(**right))
            assert server.status(token=token) == 200, right


def test_forged_tokens(home):
    with asked_by_tokens(home) as (server, issuer, keys):
        claims, key = issuer.claims(thinai_scopes=["admin"]), keys["RS256"]
        forged = [key.forged(claims, lambda _: b"", alg=word) for word in ("none", "None", "NONE", "", "nOnE")]
        public = key.key.public_key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        for word, digest in (("HS256", hashlib.sha256), ("HS384", hashlib.sha384), ("HS512", hashlib.sha512)):
            for secret in (public, public.strip(), json.dumps(key.public()).encode(), b""):
                forged.append(key.forged(claims, lambda text: hmac.new(secret, text, digest).digest(), alg=word))
        for name in keys:
            thief = Key(name, "k-" + name)
            forged += [thief.sign(claims), Key("ES256", "k-" + name).forged(claims, lambda _: bytes(64), alg=name)]
            mine = thief.public(kid="mine")
            forged += [
                thief.forged(claims, kid="mine", jwk=mine),
                thief.forged(claims, jku=issuer.url + "/jwks"),
                thief.forged(claims, x5c=["MIIB"], x5u="https://evil.example/"),
            ]
            # The name of another key that the issuer has.
            for other in keys.keys() - {name}:
                forged += [
                    keys[name].forged(claims, kid="k-" + other), keys[name].forged(claims, kid="k-" + other, alg=other)]
        forged += [
            key.forged(claims, crit=["exp"]),
            key.forged(claims, crit=["b64"], b64=False),
            key.forged(claims, typ="logout+jwt"),
            key.forged(claims, alg="RS512"),
            key.forged(claims, alg="PS256"),
        ]
        head, _, signature = key.sign(issuer.claims()).split(".")
        altered = key.forged(claims).split(".")[1]
        forged += [f"{head}.{altered}.{signature}", f"{head}..{signature}", f"{head}.{altered}.", ".".join([head] * 5)]
        good = key.sign(issuer.claims())
        forged += [good + "=", good + ".", good + "A", good[:-1], "." + good, good.replace(".", "..")]
        for token in forged:
            assert server.status(token=token) == 401, token
        assert server.status(token=good) == 200


def test_keys_come_and_go(home):
    with asked_by_tokens(home) as (server, issuer, keys):
        old = keys["ES256"].sign(issuer.claims())
        assert server.status(token=old) == 200
        new = Key("EdDSA", "k-new")
        issuer.keys = [new, keys["RS256"], {"kty": "oct", "k": "c2VjcmV0", "kid": "s"}, {"kty": "?"}, {}]
        server.wait_for(lambda: server.status(token=new.sign(issuer.claims())) == 200, 35)
        assert server.status(token=old) == 401
        # A key that goes without another one coming is refused all the same.
        issuer.keys = [new]
        server.wait_for(lambda: server.status(token=keys["RS256"].sign(issuer.claims())) == 401, 45)
        assert server.status(token=new.sign(issuer.claims())) == 200


@pytest.mark.lengthy
def test_what_a_withdrawn_key_began_ends(home):
    """A thief of a key made a session and a stream of it, which would outlive any token."""
    with asked_by_tokens(home) as (server, issuer, keys):
        token = keys["ES256"].sign(issuer.claims(exp=2 ** 40))
        request = urllib.request.Request(
            server.url + "/v1/session", method="POST", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            cookie = answer.headers["Set-Cookie"].split(";")[0]
        asked = urllib.request.Request(server.url + "/v1/devices", headers={"Cookie": cookie})

        def status():
            try:
                with urllib.request.urlopen(asked, timeout=30) as answer:
                    return answer.status
            except urllib.error.HTTPError as error:
                return error.code

        assert status() == 200
        stream = urllib.request.urlopen(urllib.request.Request(
            server.url + "/v1/stream", headers={"Authorization": f"Bearer {token}"}), timeout=90)
        assert stream.readline() == b": thinai\n"
        # Another key has its name now.
        issuer.keys = [Key("ES256", "k-ES256"), keys["RS256"]]
        server.wait_for(lambda: status() == 401, 45)
        # It ends, or is cut, and does not go on.
        with contextlib.suppress(OSError, http.client.HTTPException):
            while stream.readline():
                pass
        stream.close()
        assert server.status(token=token) == 401
        assert server.status(token=keys["RS256"].sign(issuer.claims())) == 200


def test_unknown_keys_make_few_questions(home):
    with asked_by_tokens(home) as (server, issuer, keys):
        assert server.status(token=keys["RS256"].sign(issuer.claims())) == 200
        before, thief = issuer.asked["/jwks"], Key("ES256", "k")
        for number in range(30):
            token = thief.forged(issuer.claims(), kid=f"no-{number}")
            assert server.status(token=token) == 401
        assert issuer.asked["/jwks"] - before <= 5


def test_the_issuer_is_away_and_comes_back(home):
    authority = Authority(home)
    certificate, key = authority.server("issuer"), Key("ES256", "k-1")
    issuer = Issuer([key], certificate)
    with SecureServer(f'oidc: {{ issuer: "{issuer.url}", audience: thinai, ca: {authority.path} }}') as server:
        assert server.status(token=key.sign(issuer.claims())) == 200
        issuer.stop()
        server.wait_for(lambda: "cannot ask the issuer" in server.log(), 60)
        assert server.status(token=key.sign(issuer.claims())) == 200
        assert server.status(token=Key("ES256", "k-2").sign(issuer.claims())) == 401
        # It comes back with other keys, on the same port.
        new = Key("RS256", "k-3")
        with Issuer([new], certificate, port=issuer.port):
            server.wait_for(lambda: server.status(token=new.sign(issuer.claims())) == 200, 90)
            assert server.status(token=key.sign(issuer.claims())) == 401


def test_an_issuer_that_is_not_believed(home):
    """Its host's certificate is another authority's: none of its tokens is taken, and the node runs."""
    authority, other = Authority(home), Authority(home / "other", "another authority")
    key = Key("ES256", "k-1")
    with Issuer([key], other.server("issuer")) as issuer:
        with SecureServer(f'oidc: {{ issuer: "{issuer.url}", audience: thinai, ca: {authority.path} }}') as server:
            server.wait_for(lambda: "its certificate is not trusted" in server.log())
            assert server.status(token=key.sign(issuer.claims())) in (401, 503)
            assert not issuer.asked
            assert json.loads(server.get("/healthz")) == {"status": "alive"}


def logged_in(url, subject):
    """The ID token that a provider gives to somebody who logs in, as a browser and a page go through it."""
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    query = urllib.parse.urlencode({
        "client_id": "thinai", "redirect_uri": "http://page.example/cb", "response_type": "code", "scope": "openid",
        "state": "s"})
    form = urllib.parse.urlencode({"sub": subject}).encode()
    try:
        answer = urllib.request.build_opener(Stay).open(f"{url}/oauth2/authorize?{query}", form, timeout=30)
    except urllib.error.HTTPError as redirect:
        answer = redirect
    code = urllib.parse.parse_qs(urllib.parse.urlparse(answer.headers["Location"]).query)["code"][0]
    form = urllib.parse.urlencode({
        "grant_type": "authorization_code", "code": code, "redirect_uri": "http://page.example/cb",
        "client_id": "thinai", "client_secret": "any"}).encode()
    with urllib.request.urlopen(f"{url}/oauth2/token", form, timeout=30) as answer:
        return json.load(answer)["id_token"]


def test_a_real_provider(home):
    """Its tokens name no key, and each start of it has another one."""
    port = free_port(socket.SOCK_STREAM)
    url = f"http://localhost:{port}"
    users = [
        oidc_provider_mock.User(sub="an", claims={"thinai_scopes": ["read"], "thinai_areas": ["52"]}),
        oidc_provider_mock.User(sub="binh", claims={}),
    ]
    with SecureServer(f'oidc: {{ issuer: "{url}", audience: thinai }}') as server:
        with oidc_provider_mock.run_server_in_thread(port=port, user_claims=users):
            first = logged_in(url, "an")
            server.wait_for(lambda: server.status(token=first) == 200, 60)
            assert server.status(token=logged_in(url, "binh")) == 403
        assert server.status(token=first) == 200
        with oidc_provider_mock.run_server_in_thread(port=port, user_claims=users):
            second = logged_in(url, "an")
            server.wait_for(lambda: server.status(token=second) == 200, 60)
            assert server.status(token=first) == 401
