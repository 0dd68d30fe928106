"""Bearer tokens: JWTs of one issuer for one audience, checked against its published keys.

A verified token is remembered by its SHA-256 (never the token) until it expires, at most `REMEMBER`
seconds, so that a reader who asks often does not pay for a signature each time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

import jwt

from services.eventkit.errors import Unauthenticated
from services.eventkit.identity.jwks import ALGORITHMS, KeySet
from services.eventkit.identity.principals import MACHINE_PREFIX, Principal, known_roles

#: Clocks of the issuer and of this host may differ by this many seconds.
LEEWAY = 10

#: Seconds for which a verified token is believed without looking at its signature again.
REMEMBER = 300.0

_MAX_TOKEN = 8192
_CACHE_SIZE = 4096


class Believed(NamedTuple):
    """A caller, with what tells this credential from their others: the token's `jti` and `iat`, if any."""

    principal: Principal
    token_id: str | None = None
    issued_at: float | None = None


class _Remembered(NamedTuple):
    believed: Believed
    until: float
    generation: int


class TokenVerifier:
    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        keys: KeySet,
        clock: Callable[[], float] = time.time,
        cache_size: int = _CACHE_SIZE,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._clock = clock
        self._cache_size = cache_size
        self._cache: OrderedDict[bytes, _Remembered] = OrderedDict()
        self._lock = threading.Lock()

    def verify(self, token: str) -> Principal:
        """The principal of a valid token. Raises `Unauthenticated` saying which check failed."""
        return self.believe(token).principal

    def believe(self, token: str) -> Believed:
        """As `verify`, with what names the token."""
        if len(token) > _MAX_TOKEN:
            raise Unauthenticated("The token is too long.")
        self._keys.refresh_if_old()
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        remembered = self._cache.get(digest)
        if remembered is not None and self._still_good(remembered):
            return remembered.believed
        claims = self._claims(token)
        believed = Believed(principal_of(claims, self._audience), *_named(claims))
        self._remember(digest, believed, _seconds(claims["exp"]) or 0.0)
        return believed

    def _still_good(self, remembered: _Remembered) -> bool:
        return remembered.generation == self._keys.generation and self._clock() < remembered.until

    def _remember(self, digest: bytes, believed: Believed, expires: float) -> None:
        until = min(expires + LEEWAY, self._clock() + REMEMBER)
        with self._lock:
            self._cache[digest] = _Remembered(believed, until, self._keys.generation)
            while len(self._cache) > self._cache_size:
                self._cache.popitem(last=False)

    def identity(self, token: str, *, client_id: str, nonce: str, access_token: str) -> str:
        """The `sub` of an ID token (OpenID Connect Core 1.0, section 3.1.3.7) that `client_id` was given for
        the request with this nonce, beside this access token. Raises `Unauthenticated`."""
        claims, algorithm = self._decoded(token, client_id, ("iat", "nonce"))
        if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise Unauthenticated("The answer belongs to another sign-in. Sign in again.")
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else client_id) != client_id:
            raise Unauthenticated("The token was issued for another client.")
        if claims.get("at_hash", (half := _half_hash(algorithm, access_token))) != half:
            raise Unauthenticated("The two tokens of the answer do not belong together.")
        return str(claims["sub"])

    def _claims(self, token: str) -> dict[str, Any]:
        claims, _ = self._decoded(token, self._audience)
        if claims.get("typ") in ("ID", "Refresh", "Offline"):
            raise Unauthenticated("This is not an access token. Send the access token.")
        return claims

    def _decoded(
        self, token: str, audience: str, required: tuple[str, ...] = ()
    ) -> tuple[dict[str, Any], str]:
        """The claims of a token that the issuer signed for `audience`, and the algorithm of its signature."""
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.InvalidTokenError, ValueError):
            raise Unauthenticated("The token is not a JWT.") from None
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            raise Unauthenticated(f"Tokens must be signed with {', '.join(ALGORITHMS)}.")
        key = self._keys.key(header.get("kid"))
        if key.key_type != ALGORITHMS[algorithm]:
            raise Unauthenticated("The token's algorithm does not belong to the key it names.")
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=audience,
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub", *required], "verify_signature": True},
            )
        except (jwt.InvalidTokenError, jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
            raise Unauthenticated(_reason(error)) from None
        return claims, algorithm


def _half_hash(algorithm: str, token: str) -> str:
    """`at_hash`: the left half of the token's hash by the algorithm's hash function, in base64url."""
    digest = jwt.get_algorithm_by_name(algorithm).compute_hash_digest(token.encode())
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def _reason(error: Exception) -> str:
    match error:
        case jwt.ExpiredSignatureError():
            return "The token has expired. Get a new one."
        case jwt.ImmatureSignatureError():
            return "The token is not valid yet. Check the clocks of both sides."
        case jwt.InvalidAudienceError():
            return "The token was issued for another audience."
        case jwt.InvalidIssuerError():
            return "The token comes from an issuer that is not believed here."
        case jwt.MissingRequiredClaimError():
            return f"The token lacks the claim {error.claim}."
        case jwt.InvalidSignatureError():
            return "The token's signature is wrong."
        case _:
            return "The token is not valid."


def _named(claims: dict[str, Any]) -> tuple[str | None, float | None]:
    token_id, issued_at = claims.get("jti"), claims.get("iat")
    return token_id if isinstance(token_id, str) else None, _seconds(issued_at)


def _seconds(claim: Any) -> float | None:
    try:
        return float(claim) if isinstance(claim, int | float) else None
    except OverflowError:
        return None


def principal_of(claims: dict[str, Any], audience: str) -> Principal:
    """Roles from `roles`, `realm_access.roles` and `resource_access[audience].roles` (Keycloak) together;
    limits from `districts`, a list of unit ids: absent means no limit, malformed means none allowed.
    """
    subject = claims["sub"]
    if not isinstance(subject, str) or not 1 <= len(subject) <= 200 or subject.startswith(MACHINE_PREFIX):
        raise Unauthenticated("The token's sub is not one that can be used here.")
    roles = (
        known_roles(claims.get("roles"))
        | known_roles(_at(claims, "realm_access", "roles"))
        | known_roles(_at(claims, "resource_access", audience, "roles"))
    )
    name = claims.get("preferred_username")
    service_account = isinstance(name, str) and name.startswith("service-account-")
    return Principal(
        id=subject,
        roles=roles,
        districts=_districts(claims),
        kind="machine" if service_account else "person",
    )


def _districts(claims: dict[str, Any]) -> frozenset[str] | None:
    if claims.get("districts") is None:
        return None
    listed = claims["districts"]
    if not isinstance(listed, list):
        return frozenset()
    return frozenset(unit for unit in listed if isinstance(unit, str))


def _at(claims: dict[str, Any], *path: str) -> Any:
    value: Any = claims
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value
