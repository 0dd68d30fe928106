"""The state of the projection: how far it is, and what is parked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from services.eventkit.errors import NotFound
from services.eventkit.http import allow
from services.eventkit.identity import Role
from services.kpi.api.queries import container
from services.kpi.container import Container
from services.kpi.domain.rules import named
from services.kpi.pages.frame import reader
from services.kpi.pages.language import Reader

NAV = (("/system", "system"),)


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
        "redriven": request.args.get("redriven"),
    }
