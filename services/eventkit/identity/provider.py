"""The issuer as a place where people sign in: OpenID Connect's authorization code flow with PKCE."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import msgspec
import requests
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session

from services.eventkit.errors import Unauthenticated, Unavailable
from services.eventkit.identity.authenticator import Authenticator

log = structlog.get_logger(__name__)

#: Seconds to connect, and to wait for an answer.
_TIMEOUT = (3.0, 10.0)
#: What the issuer publishes of itself is read again after this many seconds.
_MAX_AGE = 3600.0
#: Browsers drop a cookie that is longer (RFC 6265, section 6.1), with its name and attributes.
MAX_COOKIE = 3900


class Begun(NamedTuple):
    """`url` is where the browser goes; the rest must be at hand when it comes back."""

    url: str
    state: str
    nonce: str
    verifier: str


class SignedIn(NamedTuple):
    """`token` is the access token, believed by the authenticator; `id_token` tells the issuer who leaves."""

    token: str
    id_token: str


class Metadata(msgspec.Struct, frozen=True):
    """Of OpenID Connect Discovery 1.0, section 3, what is used here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Provider:
    """`return_to` is the address of ours that the issuer sends browsers back to. Safe for several threads."""

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: str,
        return_to: str,
        authenticator: Authenticator,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._return_to = return_to
        self._authenticator = authenticator
        self._clock = clock
        self._lock = threading.Lock()
        self._known: tuple[Metadata, float] | None = None

    @property
    def origin(self) -> str:
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    def begin(self) -> Begun:
        """Raises `Unavailable` when the issuer does not say where its sign-in is."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        with self._session(at := self._metadata()) as session:
            url, _ = session.create_authorization_url(
                at.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier
            )
        return Begun(str(url), state, nonce, verifier)

    def finish(self, given: Mapping[str, str], nonce: str, verifier: str) -> SignedIn:
        """With what the browser brought back (its `state` is known already). Raises `Unauthenticated` saying
        what was not believed, or `Unavailable`."""
        if given.get("iss", self.issuer) != self.issuer:
            raise Unauthenticated("The answer comes from an issuer that is not believed here.")
        if "error" in given:
            raise Unauthenticated(f"The issuer did not sign you in ({given['error'][:60]}).")
        found = self._exchanged(given.get("code", ""), verifier)
        token, id_token = found.get("access_token"), found.get("id_token")
        if not isinstance(token, str) or not isinstance(id_token, str):
            raise Unauthenticated("The issuer's answer lacks a token.")
        subject = self._authenticator.tokens.identity(
            id_token, client_id=self._client_id, nonce=nonce, access_token=token
        )
        if self._authenticator.authenticate(f"Bearer {token}", None).id != subject:
            raise Unauthenticated("The two tokens of the answer are not of one person.")
        if len(token) > MAX_COOKIE:
            raise Unauthenticated("The token is too long for a browser to keep. Have fewer claims put in.")
        return SignedIn(token, id_token)

    def sign_out(self, id_token: str | None, back: str) -> str | None:
        """Where the browser goes to sign out at the issuer too (RP-Initiated Logout 1.0); None when the
        issuer has no such place or does not answer."""
        try:
            end = self._metadata().end_session_endpoint
        except Unavailable:
            return None
        if end is None:
            return None
        said = {"client_id": self._client_id, "post_logout_redirect_uri": back}
        if id_token:
            said["id_token_hint"] = id_token
        return f"{end}{'&' if '?' in end else '?'}{urlencode(said)}"

    def _exchanged(self, code: str, verifier: str) -> Mapping[str, object]:
        at = self._metadata()
        try:
            with self._session(at) as session:
                found: Mapping[str, object] = session.fetch_token(
                    at.token_endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    timeout=_TIMEOUT,
                    allow_redirects=False,
                )
        except AuthlibBaseError as error:
            log.warning("sign_in_refused", issuer=self.issuer, error=error.error)
            raise Unauthenticated("The issuer refused the code. Sign in again.") from None
        except (requests.RequestException, ValueError) as error:
            log.warning("sign_in_failed", issuer=self.issuer, error=type(error).__name__)
            raise Unavailable("The issuer does not answer. Try again shortly.", retry_after=5) from None
        return found

    def _session(self, at: Metadata) -> OAuth2Session:
        methods = at.token_endpoint_auth_methods_supported
        basic = "client_secret_basic" in methods or "client_secret_post" not in methods
        return OAuth2Session(
            self._client_id,
            self._client_secret,
            token_endpoint_auth_method="client_secret_basic" if basic else "client_secret_post",
            scope="openid",
            redirect_uri=self._return_to,
            code_challenge_method="S256",
        )

    def _metadata(self) -> Metadata:
        with self._lock:
            if self._known is None or self._clock() - self._known[1] > _MAX_AGE:
                try:
                    self._known = self._read(), self._clock()
                except (requests.RequestException, msgspec.MsgspecError, ValueError) as error:
                    log.warning("discovery_failed", issuer=self.issuer, reason=str(error))
                    if self._known is None:
                        raise Unavailable(
                            "The issuer does not say where people sign in. Try again shortly.", retry_after=5
                        ) from None
            return self._known[0]

    def _read(self) -> Metadata:
        """Raises ValueError when the document is another issuer's, or sends people where anybody listens."""
        url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        answer = requests.get(url, timeout=_TIMEOUT, allow_redirects=False)
        if answer.status_code != 200:
            raise ValueError(f"answered {answer.status_code}")
        found = msgspec.json.decode(answer.content, type=Metadata)
        if found.issuer != self.issuer:
            raise ValueError(f"is of the issuer {found.issuer!r}")
        secure = urlsplit(self.issuer).scheme == "https"
        for end in (found.authorization_endpoint, found.token_endpoint, found.end_session_endpoint):
            if end is not None and urlsplit(end).scheme not in (("https",) if secure else ("https", "http")):
                raise ValueError(f"{end} is not a safe address")
        return found
