"""Who asks: roles, and the districts a principal is limited to."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec


class Role(StrEnum):
    """What a principal may do. `ADMIN` passes every role check (but no one approves their own work)."""

    REGISTRAR = "registrar"
    ASSESSOR = "assessor"
    REVIEWER = "reviewer"
    TRAINER = "trainer"
    OPERATOR = "operator"
    INSPECTOR = "inspector"
    ADMIN = "admin"


_ROLES: dict[str, Role] = {role.value: role for role in Role}

#: Prefix of the ids of API keys; a token whose `sub` has it is refused, so the two can never be mixed up.
MACHINE_PREFIX = "machine:"


class Principal(msgspec.Struct, frozen=True):
    """A verified caller. `districts` None means the whole province; an empty set means none of it."""

    id: str
    roles: frozenset[Role] = frozenset()
    districts: frozenset[str] | None = None
    kind: Literal["person", "machine"] = "person"

    def has_any(self, roles: frozenset[Role]) -> bool:
        return Role.ADMIN in self.roles or not roles.isdisjoint(self.roles)

    def may_touch(self, unit_id: str) -> bool:
        return self.districts is None or unit_id in self.districts


def known_roles(names: object) -> frozenset[Role]:
    """The roles among `names` that this system knows; an issuer may give others, which mean nothing here."""
    if not isinstance(names, list | tuple):
        return frozenset()
    return frozenset(_ROLES[name] for name in names if isinstance(name, str) and name in _ROLES)
