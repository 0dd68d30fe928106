"""A small, strict OpenID provider over HTTP: authorization code flow with PKCE, discovery, keys, sign-out.

It refuses whatever a careful provider refuses, and says so: a client that leaves something out is told.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tests.issuer import Issuer
from tests.serving import served


@dataclass
class Grant:
    """What a code stands for."""

    subject: str
    nonce: str
    challenge: str
    made: float
    used: bool = False


class Provider(Issuer):
    """`person` is who has a session there, and with what roles and claims. `grants` by code."""

    client_id = "sxsh-pages"
    client_secret = "only-the-pages-know-this"

    def __init__(self, folder: Path, redirect_uri: str, signed_out_uri: str) -> None:
        super().__init__(folder)
        self.redirect_uri, self.signed_out_uri = redirect_uri, signed_out_uri
        self.person: tuple[str, Sequence[str], dict[str, Any]] | None = None
        self.grants: dict[str, Grant] = {}
        #: Claims that the next tokens get in place of the right ones.
        self.access_claims: dict[str, Any] = {}
        self.id_claims: dict[str, Any] = {}
        self.app = self._app()

    def enters(self, subject: str, *roles: str, **claims: Any) -> None:
        self.person = subject, roles, claims

    @contextmanager
    def serving(self) -> Iterator[Provider]:
        with served(self.app) as self.issuer:  # type: ignore[misc]
            yield self

    @property
    def jwks_url(self) -> str:
        return f"{self.issuer}/jwks"

    def _app(self) -> Flask:
        app = Flask("provider")
        app.get("/.well-known/openid-configuration")(self._discovery)
        app.get("/jwks")(lambda: Response(self.path.read_text(), mimetype="application/json"))
        app.get("/authorize")(self._authorize)
        app.post("/token")(self._token)
        app.get("/logout")(self._logout)
        return app

    def _discovery(self) -> Response:
        ends = {"authorization": "authorize", "token": "token", "end_session": "logout"}
        return jsonify(
            {
                "issuer": self.issuer,
                "jwks_uri": self.jwks_url,
                **{f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in ends.items()},
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    def _authorize(self) -> AnyResponse:
        """A wrong client or redirect_uri is told to the person; all else goes back to the client."""
        asked = request.args
        if asked.get("client_id") != self.client_id or asked.get("redirect_uri") != self.redirect_uri:
            return Response("unknown client or redirect_uri", 400)
        back = {"state": asked.get("state", ""), "iss": self.issuer}
        lacking = [name for name in ("state", "nonce", "code_challenge") if len(asked.get(name, "")) < 32]
        right = {"response_type": "code", "code_challenge_method": "S256", "scope": "openid"}
        if lacking or any(asked.get(name) != value for name, value in right.items()):
            return redirect(f"{self.redirect_uri}?{urlencode({'error': 'invalid_request', **back})}", 302)
        if self.person is None:
            return redirect(f"{self.redirect_uri}?{urlencode({'error': 'access_denied', **back})}", 302)
        code = secrets.token_urlsafe(24)
        self.grants[code] = Grant(self.person[0], asked["nonce"], asked["code_challenge"], time.monotonic())
        return redirect(f"{self.redirect_uri}?{urlencode({'code': code, **back})}", 302)

    def _token(self) -> AnyResponse:
        given = request.form
        if not self._is_client():
            return _no("invalid_client", 401)
        if given.get("grant_type") != "authorization_code":
            return _no("unsupported_grant_type")
        grant = self.grants.get(given.get("code", ""))
        if grant is None or grant.used or time.monotonic() - grant.made > 60:
            return _no("invalid_grant")
        grant.used = True
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        if _b64(digest) != grant.challenge:
            return _no("invalid_grant")
        if given.get("redirect_uri") != self.redirect_uri:
            return _no("invalid_grant")
        return jsonify(self._tokens(grant))

    def _is_client(self) -> bool:
        """By HTTP Basic."""
        shown = request.authorization
        return shown is not None and (shown.username, shown.password) == (self.client_id, self.client_secret)

    def _tokens(self, grant: Grant) -> dict[str, Any]:
        assert self.person is not None
        _, roles, claims = self.person
        access = self.token(grant.subject, roles, **{**claims, **self.access_claims})
        half = _b64(hashlib.sha256(access.encode()).digest()[:16])
        bound = {"aud": self.client_id, "azp": self.client_id, "nonce": grant.nonce, "at_hash": half}
        identity = self.token(grant.subject, **{**bound, "typ": "ID", **self.id_claims})
        return {"access_token": access, "id_token": identity, "token_type": "Bearer", "expires_in": 300}

    def _logout(self) -> AnyResponse:
        if request.args.get("client_id") != self.client_id or "id_token_hint" not in request.args:
            return Response("which client?", 400)
        if request.args.get("post_logout_redirect_uri") != self.signed_out_uri:
            return Response("unknown post_logout_redirect_uri", 400)
        self.person = None
        return redirect(self.signed_out_uri, 302)


def _no(error: str, status: int = 400) -> Response:
    answer = jsonify({"error": error})
    answer.status_code = status
    return answer


def _b64(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
