"""The local issuer: a key pair with its JWKS file, the person master key, and what signs in machines.

For one machine only. A real deployment names its own issuer (OIDC_ISSUER, OIDC_AUDIENCE, OIDC_JWKS_URL).
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from deploy.sxsh.api_keys import ApiKeyFile
from deploy.sxsh.checkpoint_keys import CheckpointKeys
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import write_private

ISSUER = "sxsh-local"
AUDIENCE = "sxsh"
#: The key that the services show to each other's event feeds, and the one role it needs for that.
SERVICE_KEY_NAME = "services"
SERVICE_ROLES = ("inspector",)


class LocalIdentity:
    """Files of `folder`: signing-key.pem, jwks.json, master-key, service-key, api-keys.json (hashes only),
    checkpoint-keys/ (what signs checkpoints)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signing_key_file = folder / "signing-key.pem"
        self.jwks_file = folder / "jwks.json"
        self.master_key_file = folder / "master-key"
        self.service_key_file = folder / "service-key"
        self.checkpoint_keys = CheckpointKeys(folder / "checkpoint-keys")
        self.api_keys = ApiKeyFile(folder / "api-keys.json")

    def ensure(self) -> None:
        """Make what is missing and leave what is there: the master key opens the persons already sealed."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self.signing_key_file.exists():
                write_private(self.signing_key_file, _pem(ec.generate_private_key(ec.SECP256R1())))
            if not self.jwks_file.exists():
                write_private(self.jwks_file, json.dumps({"keys": [self._public_jwk()]}, indent=2) + "\n")
            if not self.master_key_file.exists():
                write_private(self.master_key_file, base64.b64encode(secrets.token_bytes(32)))
            if not self.service_key_file.exists():
                write_private(self.service_key_file, secrets.token_urlsafe(32))
            self.checkpoint_keys.ensure()
            self.api_keys.put(SERVICE_KEY_NAME, self.service_key, SERVICE_ROLES)

    @property
    def service_key(self) -> str:
        return self.service_key_file.read_text().strip()

    @property
    def master_key(self) -> str:
        return self.master_key_file.read_text().strip()

    def token(
        self,
        roles: Sequence[str],
        *,
        subject: str = "local",
        districts: Sequence[str] | None = None,
        hours: float = 12.0,
    ) -> str:
        """A signed JWT. `districts` None: the whole province."""
        try:
            key = self.signing_key_file.read_bytes()
        except FileNotFoundError:
            raise Trouble(
                f"There is no signing key in {self.folder} yet. Run `sxsh up` once; it makes one."
            ) from None
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": now,
            "exp": now + int(hours * 3600),
            "roles": list(roles),
        }
        if districts is not None:
            claims["districts"] = list(districts)
        return jwt.encode(claims, key, algorithm="ES256", headers={"kid": self._key_id()})

    def _public_jwk(self) -> dict[str, Any]:
        key = serialization.load_pem_private_key(self.signing_key_file.read_bytes(), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        canonical = json.dumps(
            {name: public[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":")
        )
        thumbprint = base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b"=")
        return {**public, "kid": thumbprint.decode(), "use": "sig", "alg": "ES256"}

    def _key_id(self) -> str:
        return str(json.loads(self.jwks_file.read_text())["keys"][0]["kid"])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
