"""Proxies before the binary, configured as docs/proxies.md has it."""
import os
import re
import shutil
import socket
import subprocess
import time

from server import ROOT, free_port

PAGE = ROOT / "docs" / "proxies.md"


def sample(language):
    """The configuration that the page shows."""
    return re.search(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.M | re.S).group(1)


class Proxy:
    """One that runs from a folder of its own; of the page's text only addresses and names of files are others."""

    name = program = ""

    def __init__(self, home, backend, certificate, key):
        self.home, self.process = home, None
        self.port = free_port(socket.SOCK_STREAM)
        self.files = {"pem": certificate, "key": key}
        text = sample(self.name)
        assert "127.0.0.1:8080" in text
        self.arrange(text.replace("127.0.0.1:8080", f"127.0.0.1:{backend}"))

    @classmethod
    def path(cls):
        return shutil.which(cls.program, path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin")

    def start(self):
        log = open(self.home / "proxy.log", "ab")
        self.process = subprocess.Popen(
            [self.path(), *self.arguments()], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.home)})
        deadline = time.time() + 30
        while time.time() < deadline:
            assert self.process.poll() is None, self.log()
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"{self.name} does not listen: {self.log()}")

    def log(self):
        return (self.home / "proxy.log").read_text(errors="replace")[-3_000:]

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def replaced(self, text, **what):
        for old, new in what.values():
            assert text.count(old) == 1, (old, text)
            text = text.replace(old, str(new))
        return text


class Nginx(Proxy):
    name = program = "nginx"

    def arrange(self, text):
        text = self.replaced(
            text, port=("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"), name=("ioc.example.vn", "localhost"),
            pem=("/etc/ssl/ioc.pem", self.files["pem"]), key=("/etc/ssl/ioc.key", self.files["key"]))
        places = "".join(f"  {kind}_temp_path {self.home}/nginx-{kind};\n"
                         for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        # The folder is nobody's but ours, and so are the workers.
        user = "user root;\n" if os.geteuid() == 0 else ""
        (self.home / "nginx.conf").write_text(
            f"{user}daemon off;\npid {self.home}/nginx.pid;\nerror_log stderr;\nworker_processes 1;\n"
            f"events {{ worker_connections 512; }}\nhttp {{\n  access_log off;\n{places}{text}}}\n")

    def arguments(self):
        return ["-p", self.home, "-c", self.home / "nginx.conf", "-e", "stderr"]


class HAProxy(Proxy):
    name = program = "haproxy"

    def arrange(self, text):
        both = self.home / "both.pem"
        both.write_bytes(self.files["pem"].read_bytes() + self.files["key"].read_bytes())
        text = self.replaced(
            text, port=("bind :443 ", f"bind 127.0.0.1:{self.port} "), pem=("/etc/haproxy/ioc.pem", both))
        (self.home / "haproxy.cfg").write_text(text)

    def arguments(self):
        return ["-W", "-db", "-f", self.home / "haproxy.cfg"]


class Caddy(Proxy):
    name = program = "caddy"

    def arrange(self, text):
        text = self.replaced(
            text, name=("ioc.example.vn {", f"https://localhost:{self.port} {{\n  bind 127.0.0.1"),
            pem=("/etc/caddy/ioc.pem", self.files["pem"]), key=("/etc/caddy/ioc.key", self.files["key"]))
        # Its own door, and its redirects from port 80, are not what is tried.
        (self.home / "Caddyfile").write_text(
            "{\n  admin off\n  auto_https disable_redirects\n}\n" + text)

    def arguments(self):
        return ["run", "--adapter", "caddyfile", "--config", self.home / "Caddyfile"]


ALL = (Nginx, HAProxy, Caddy)
