"""A real issuer for tests: key pairs, the published JWKS file, and tokens as an identity provider signs them.

Beside it an API key with its hash, and an `Authenticator` that believes both.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from services.eventkit.identity import Authenticator

_ALGORITHMS: dict[str, Any] = {
    "RS256": (lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048), RSAAlgorithm),
    "ES256": (lambda: ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate, OKPAlgorithm),
}


class Issuer:
    """`token("alice", ["registrar"])` is signed with the newest key; `rotate` publishes a new one."""

    issuer = "https://id.example.vn/realms/sxsh"
    audience = "sxsh"

    def __init__(self, folder: Path, algorithm: str = "ES256") -> None:
        self.path = folder / "jwks.json"
        self.algorithm = algorithm
        self.keys: dict[str, Any] = {}
        self.rotate("key-1")

    @property
    def jwks_url(self) -> str:
        return self.path.as_uri()

    def rotate(self, key_id: str, *, keep_old: bool = False) -> None:
        make, _ = _ALGORITHMS[self.algorithm]
        self.keys = {**(self.keys if keep_old else {}), key_id: make()}
        self.publish()

    def publish(self) -> None:
        self.path.write_text(json.dumps({"keys": [self.jwk(key_id) for key_id in self.keys]}))

    def jwk(self, key_id: str) -> dict[str, Any]:
        _, family = _ALGORITHMS[self.algorithm]
        public = family.to_jwk(self.keys[key_id].public_key(), as_dict=True)
        return {**public, "kid": key_id, "use": "sig", "alg": self.algorithm}

    def token(
        self,
        subject: str = "alice",
        roles: Sequence[str] = (),
        *,
        districts: Sequence[str] | None = None,
        lasts: float = 300,
        key_id: str | None = None,
        **claims: Any,
    ) -> str:
        key_id = key_id or list(self.keys)[-1]
        now = time.time()
        payload = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "iat": int(now),
            "exp": int(now + lasts),
            "roles": list(roles),
            **({} if districts is None else {"districts": list(districts)}),
            **claims,
        }
        payload = {name: value for name, value in payload.items() if value is not None}
        return jwt.encode(payload, self.keys[key_id], self.algorithm, headers={"kid": key_id})

    def bearer(self, subject: str = "alice", roles: Sequence[str] = (), **options: Any) -> dict[str, str]:
        """The header of a signed-in request."""
        return {"Authorization": f"Bearer {self.token(subject, roles, **options)}"}

    def authenticator(self, api_keys_file: Path | None = None) -> Authenticator:
        return Authenticator(
            issuer=self.issuer,
            audience=self.audience,
            jwks_url=self.jwks_url,
            api_keys_file=str(api_keys_file) if api_keys_file else None,
        )


def api_key_entry(name: str, key: str, roles: Sequence[str], **more: Any) -> dict[str, Any]:
    """One entry of API_KEYS_FILE."""
    return {"name": name, "sha256": hashlib.sha256(key.encode()).hexdigest(), "roles": list(roles), **more}
