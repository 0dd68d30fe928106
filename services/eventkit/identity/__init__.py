"""Identity: who asks (bearer tokens of an issuer, hashed API keys) and what they may do."""

from services.eventkit.identity.api_keys import ApiKeys
from services.eventkit.identity.authenticator import Authenticator
from services.eventkit.identity.jwks import KeySet
from services.eventkit.identity.principals import Principal, Role
from services.eventkit.identity.tickets import Tickets
from services.eventkit.identity.tokens import TokenVerifier

__all__ = ["ApiKeys", "Authenticator", "KeySet", "Principal", "Role", "Tickets", "TokenVerifier"]
