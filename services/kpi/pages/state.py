"""The state of the projection: how far it is, and what is parked."""

from __future__ import annotations

from typing import Any

from flask import request

from services.kpi.container import Container
from services.kpi.pages.language import Reader


def context(of: Container, say: Reader) -> dict[str, Any]:
    view = of.live.view()
    return {
        "generation": view.generation,
        "rules": view.rules,
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
