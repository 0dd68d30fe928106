"""From the two credential headers of a request to a principal."""

from __future__ import annotations

import sys

from services.eventkit.errors import Unauthenticated
from services.eventkit.identity.api_keys import ApiKeys
from services.eventkit.identity.jwks import KeySet
from services.eventkit.identity.principals import Principal
from services.eventkit.identity.revocations import Revocations
from services.eventkit.identity.tokens import Believed, TokenVerifier
from services.eventkit.settings import Settings, SettingsError
from services.eventkit.telemetry import metrics


class Authenticator:
    """`Authorization: Bearer <JWT>` for persons and services of the issuer, `X-Api-Key` for machines."""

    def __init__(
        self, *, issuer: str, audience: str, jwks_url: str, api_keys_file: str | None = None
    ) -> None:
        """Raises ValueError when `api_keys_file` is given and cannot be used."""
        self.tokens = TokenVerifier(issuer=issuer, audience=audience, keys=KeySet(jwks_url))
        self.api_keys = ApiKeys(api_keys_file) if api_keys_file else None
        #: What is believed no more, once it is known where that is kept.
        self.revocations: Revocations | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Authenticator:
        """Raises `SettingsError` (exit code 2) when the settings do not say whose tokens are believed."""
        try:
            return cls(
                issuer=settings.need("oidc_issuer"),
                audience=settings.need("oidc_audience"),
                jwks_url=settings.need("oidc_jwks_url"),
                api_keys_file=settings.api_keys_file,
            )
        except ValueError as error:
            problem = SettingsError(settings.service, [str(error)])
            sys.stderr.write(str(problem))
            raise problem from None

    def authenticate(self, authorization: str | None, api_key: str | None) -> Principal:
        """Raises `Unauthenticated` (nothing shown, or nothing that is believed) or `Unavailable`."""
        try:
            believed = self._authenticate(authorization, api_key)
            if self.revocations is not None:
                self.revocations.ensure_holds(believed)
            return believed.principal
        except Unauthenticated:
            kind = "none" if not (authorization or api_key) else "api_key" if api_key else "token"
            metrics.authentication_failures.labels(kind).inc()
            raise

    def _authenticate(self, authorization: str | None, api_key: str | None) -> Believed:
        if authorization is not None and api_key is not None:
            raise Unauthenticated("Send either Authorization or X-Api-Key, not both.")
        if api_key is not None:
            found = self.api_keys.find(api_key) if self.api_keys else None
            if found is None:
                raise Unauthenticated("The API key is not known here.")
            return Believed(found)
        if authorization is None:
            raise Unauthenticated("Sign in: send Authorization: Bearer <token>, or X-Api-Key.")
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated("Authorization must be: Bearer <token>.")
        return self.tokens.believe(token.strip())
