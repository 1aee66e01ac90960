"""An authority of the test's own, and what it signs."""
import datetime
import ipaddress
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LOCAL = (x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1")))


class Authority:
    """Writes `NAME.pem` and `NAME.key` into its folder; its own certificate is `ca.pem` there."""

    def __init__(self, folder, name="test authority"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._sign(name, self.key, None)
        self.path = self.folder / "ca.pem"
        self.path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _sign(self, name, key, use, hours=48):
        now = datetime.datetime.now(datetime.timezone.utc)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder().subject_name(subject)
            .issuer_name(self.certificate.subject if use else subject).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=72))
            .not_valid_after(now + datetime.timedelta(hours=hours))
            .add_extension(x509.BasicConstraints(ca=use is None, path_length=None), critical=True))
        if use:
            builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        if use == ExtendedKeyUsageOID.SERVER_AUTH:
            builder = builder.add_extension(x509.SubjectAlternativeName(LOCAL), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def _write(self, file, name, use, hours):
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(name, key, use, hours)
        (self.folder / f"{file}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        (self.folder / f"{file}.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return self.folder / f"{file}.pem", self.folder / f"{file}.key"

    def server(self, file="server", hours=48):
        return self._write(file, "localhost", ExtendedKeyUsageOID.SERVER_AUTH, hours)

    def client(self, name, file=None):
        return self._write(file or name, name, ExtendedKeyUsageOID.CLIENT_AUTH, 48)
