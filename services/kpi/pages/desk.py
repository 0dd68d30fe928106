"""What the reader may do here: the forms, each offered to who has the right."""

from __future__ import annotations

from flask import Blueprint, render_template

from services.eventkit.http import allow, principal
from services.eventkit.identity import Role
from services.kpi.pages.forms import may
from services.kpi.pages.imports import ROLES as IMPORTERS

NAV = (("/desk", "desk"),)

#: (address, key of its words, roles that may act there; None: whoever is signed in may look).
_ACTS: tuple[tuple[str, str, tuple[Role, ...] | None, bool], ...] = (
    ("/flags", "flags", None, False),
    ("/duplicates", "duplicates", None, False),
    ("/imports", "imports", IMPORTERS, False),
    ("/official", "official-values", None, False),
    ("/official/freeze", "freeze", (Role.OPERATOR,), True),
    ("/system", "redrive-parked", (Role.OPERATOR, Role.INSPECTOR), False),
)


def register(pages: Blueprint) -> None:
    @pages.get("/desk")
    @allow()
    def show_desk() -> str:
        caller = principal()
        offered = [
            (path, key)
            for path, key, roles, whole in _ACTS
            if (roles is None or may(caller, *roles)) and not (whole and caller.districts is not None)
        ]
        return render_template("pages/desk.html", offered=offered, caller=caller)
