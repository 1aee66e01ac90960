"""A receiver of webhooks that fails as it is told to, and keeps what it got."""
import hashlib
import hmac
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "bí mật của trung tâm"


class Receiver:
    """`answer` gives the status for the next request; `taken` holds what was answered with 200, in order."""

    def __init__(self, answer=lambda: 200, certificate=None):
        self.answer = answer
        self.attempts = []
        self.taken = []
        self.faults = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.receive(self.headers, body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.server.server_port}/alerts"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def receive(self, headers, body):
        identity = headers["X-ThiNai-Delivery"]
        signed = headers["X-ThiNai-Timestamp"].encode() + b"." + body
        wanted = "sha256=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        if headers["X-ThiNai-Signature"] != wanted:
            self.faults.append(f"signature {headers['X-ThiNai-Signature']} is not {wanted}")
        event = json.loads(body)
        if event["id"] != identity:
            self.faults.append(f"id {event['id']} is not {identity}")
        status = self.answer()
        self.attempts.append((identity, status))
        if status == 200:
            self.taken.append(event)
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def said(self, rule):
        """What was told of a rule: state and device, in order."""
        return [(e["attributes"]["state"], e["device"]) for e in self.taken if e["attributes"]["rule"] == rule]
