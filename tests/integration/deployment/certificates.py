"""An authority and a server's certificate for 127.0.0.1, as a deployment's own authority would issue them."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


class Certificates(NamedTuple):
    """PEM files: the authority, and key and certificate of a server that it signed."""

    authority: Path
    server: Path


def issued(folder: Path, name: str) -> Certificates:
    folder.mkdir(parents=True, exist_ok=True)
    authority, own = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    issuer = _named(f"{name} authority")
    root = _begun(issuer, issuer, authority).add_extension(x509.BasicConstraints(True, 0), critical=True)
    signed_root = root.sign(authority, hashes.SHA256())
    host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    server = _begun(_named(name), issuer, own).add_extension(host, critical=False)
    signed = server.sign(authority, hashes.SHA256())
    pem = serialization.Encoding.PEM
    key = own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    made = Certificates(folder / f"{name}-ca.pem", folder / f"{name}-server.pem")
    made.authority.write_bytes(signed_root.public_bytes(pem))
    made.server.write_bytes(key + signed.public_bytes(pem))
    made.server.chmod(0o600)
    return made


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _begun(subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
    )
