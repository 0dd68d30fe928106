"""The state of the projection: how far it is, and what is parked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from services.eventkit.errors import NotFound
from services.eventkit.http import allow
from services.eventkit.http.proofs import shown
from services.eventkit.identity import Role
from services.eventkit.proof.verifications import Verifications
from services.kpi.api.queries import container
from services.kpi.container import Container
from services.kpi.domain.facts import SOURCES
from services.kpi.domain.rules import named
from services.kpi.pages.beside import Told, asking
from services.kpi.pages.frame import reader
from services.kpi.pages.language import Reader
from services.kpi.past.register import Snapshot
from services.kpi.views.store import Building

NAV = (("/system", "system"),)

#: What a service tells of its log.
_PROOFS = ("/checkpoints/latest", "/verifications/latest")


def register(pages: Blueprint) -> None:
    @pages.get("/system")
    @allow(Role.OPERATOR, Role.INSPECTOR)
    def show_system() -> str:
        return render_template("pages/system.html", **context(container(), reader()))

    @pages.post("/system/redrive")
    @allow(Role.OPERATOR)
    def redrive() -> AnyResponse:
        subject = request.form.get("subject", "")
        store, generation = container().store, container().live.view().generation
        if not store.request_redrive(generation, subject, datetime.now(UTC)):
            raise NotFound(f"{subject} is not parked.")
        return redirect(f"/system?{urlencode({'redriven': subject})}", 303)


def context(of: Container, say: Reader) -> dict[str, Any]:
    view = of.live.view()
    return {
        "generation": view.generation,
        "rules": "@".join(named(view.rules)),
        "logs": [
            {
                "source": lag.source,
                "applied": say.number(lag.applied),
                "head": say.number(lag.head),
                "lag": say.t("behind", events=say.number(lag.events))
                if lag.events
                else say.t("up-to-date")
                if lag.events == 0
                else lag.problem or say.t("lag-unknown"),
                "behind": lag.events != 0,
            }
            for lag in of.logs.lag(view.position)
        ],
        "parked": [
            {
                "subject": parked.subject,
                "error": parked.error,
                "since": say.moment(parked.since) if parked.since else say.t("no-value"),
                "waiting": say.number(parked.waiting),
                "asked": parked.redrive_requested is not None,
            }
            for parked in of.store.parked(view.generation)
        ],
        "building": _building(say, of.store.building()),
        "past": [_past(say, one) for one in of.past.generations()],
        "proofs": _proofs(of, say),
        "redriven": request.args.get("redriven"),
    }


def _building(say: Reader, found: Building | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "generation": found.generation,
        "rules": found.rules,
        "stage": say.t("building-asked", asked=found.asked) if found.asked else found.stage,
        "done": say.number(found.done) + ("" if found.total is None else f" / {say.number(found.total)}"),
        "since": say.moment(found.since),
        "at": say.moment(found.at),
        "differences": say.number(found.differences),
    }


def _past(say: Reader, one: Snapshot) -> dict[str, Any]:
    return {
        "rules": one.rules,
        "positions": ", ".join(f"{source} {say.number(at)}" for source, at in one.positions.items()),
        "state": say.t(f"past-{one.state}"),
        "error": one.error,
    }


def _proofs(of: Container, say: Reader) -> list[dict[str, Any]]:
    """Of each log, this service's own last: what was signed of it last, and when it was last walked."""
    begin = asking(say)
    asked = {log: [begin(log, path) for path in _PROOFS] for log in SOURCES}
    told: dict[str, list[Told]] = {log: [answer() for answer in answers] for log, answers in asked.items()}
    own = of.proofs.notes.last()
    told["kpi"] = [
        Told(None if own is None else shown(own), missing=own is None),
        _own(of.verifications),
    ]
    return [
        {"log": log, "signed": _signed(say, signed), "walked": _walked(say, walked)}
        for log, (signed, walked) in told.items()
    ]


def _own(of: Verifications) -> Told:
    try:
        return Told(of.last()._asdict())
    except NotFound:
        return Told(None, missing=True)


def _signed(say: Reader, told: Told) -> str:
    if told.body is None:
        return say.t("signed-never") if told.missing else told.trouble
    at = datetime.fromisoformat(told.body["at"])
    return say.t("signed-last", count=say.number(told.body["size"]), at=say.moment(at))


def _walked(say: Reader, told: Told) -> tuple[str, str]:
    """Whether it was found whole ("met", "missed", "none" when nobody looked), and that in words."""
    found = told.body
    if found is None:
        return "none", say.t("walked-never") if told.missing else told.trouble
    at = found["at"] if isinstance(found["at"], datetime) else datetime.fromisoformat(found["at"])
    if found["whole"]:
        return "met", say.t("walked-whole", count=say.number(found["checked"]), at=say.moment(at))
    fault = say.t(f"fault-{found['fault']}")
    return "missed", say.t(
        "walked-broken", position=say.number(found["position"]), fault=fault, at=say.moment(at)
    )
