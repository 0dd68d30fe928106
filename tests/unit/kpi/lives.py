"""Lives of facilities, officers and units told as events, as they arrive from the three logs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from services.kpi.domain.cards import Card, fold
from services.kpi.domain.contributions import contributions
from services.kpi.domain.measures import MEASURES, Cohort, FacilityMeasure, SavingMeasure, add, empty
from services.kpi.domain.rules import RuleSet

RULES = RuleSet.load("sxsh-2016")

#: The kinds of cohort that K1 to K3 are read from.
CORE = ("facility", "saving", "officer", "unit")


@dataclass(frozen=True)
class Told:
    source: str
    id: str
    type: str
    sequence: int
    subject: str
    occurred_on: date
    data: msgspec.Raw
    recorded_at: datetime = datetime(2024, 1, 1, tzinfo=UTC)


class Life:
    def __init__(self, subject: str = "facility:f1") -> None:
        self.subject = subject
        self.events: list[Told] = []

    def tell(self, source: str, type_: str, day: str, /, **data: Any) -> Life:
        sequence = 1000 + 1000 * sum(event.source == source for event in self.events)
        self.events.append(
            Told(
                source=source,
                id=f"{source}-{sequence}",
                type=f"sxsh.{source}.{type_}",
                sequence=sequence,
                subject=self.subject,
                occurred_on=date.fromisoformat(day),
                data=msgspec.Raw(msgspec.json.encode({"occurred_on": day, "unread": [1, 2], **data})),
            )
        )
        return self

    def registered(
        self,
        day: str = "2015-01-01",
        unit: str = "nho-quan",
        industry: str = "2018:10620",
        kind: str = "enterprise",
        **more: Any,
    ) -> Life:
        version, code = industry.split(":")
        return self.tell(
            "registry",
            "facility.registered",
            day,
            unit_id=unit,
            kind=kind,
            industry={"version": version, "code": code},
            **more,
        )

    def adopted(
        self,
        baseline: dict[str, Any] | None = None,
        approved: str = "2017-02-01",
        verified: str = "2017-06-01",
        assessment: str = "a1",
    ) -> Life:
        a = {"assessment_id": assessment}
        self.tell(
            "audits",
            "assessment.baseline-recorded",
            "2016-12-31",
            measurement=baseline or measured(2016),
            **a,
        )
        self.tell("audits", "assessment.approved", approved, **a)
        self.tell("audits", "option.implemented", verified, option_id="o1", **a)
        return self.tell("audits", "option.verified", verified, option_id="o1", **a)

    def followed(
        self, measurement: dict[str, Any], id_: str = "u1", assessment: str = "a1", accepted: bool = True
    ) -> Life:
        ids = {"assessment_id": assessment, "follow_up_id": id_}
        end = measurement["period"]["end"]
        self.tell("audits", "follow-up.reported", end, measurement=measurement, **ids)
        return self.tell("audits", "follow-up.accepted", end, **ids) if accepted else self

    def reviewed(self, decision: str, id_: str = "u1") -> Life:
        return self.tell(
            "audits",
            "follow-up.outlier-reviewed",
            "2019-01-01",
            assessment_id="a1",
            follow_up_id=id_,
            decision=decision,
        )

    def answered(self, day: str, benefits: list[str], mode: str = "census", survey: str = "s1") -> Life:
        return self.tell("training", "survey.answered", day, survey_id=survey, mode=mode, benefits=benefits)

    def card(self) -> Card:
        card: Card | None = None
        for event in self.events:
            card = fold(card, event.source, event)
        assert card is not None
        return card

    def on(self, day: str, *kinds: str) -> dict[Cohort, tuple[int, ...]]:
        """Of these kinds of cohort, or of the core."""
        found = state_on(self.card(), date.fromisoformat(day))
        return {cohort: vector for cohort, vector in found.items() if cohort[0] in (kinds or CORE)}

    def spread(self, day: str, name: str) -> tuple[int, ...]:
        """(value, count, …) of a facility's spread."""
        found = self.on(day, "spread")
        return next((vector for cohort, vector in found.items() if cohort[1] == name), ())

    def counts(self, day: str, measure: FacilityMeasure | SavingMeasure) -> int:
        return sum(
            vector[measure]
            for cohort, vector in self.on(day).items()
            if isinstance(measure, MEASURES[cohort[0]])
        )


def state_on(card: Card, day: date) -> dict[Cohort, tuple[int, ...]]:
    """What a card's contributions add up to by the end of a day, without the cohorts it left."""
    sums: dict[Cohort, tuple[int, ...]] = {}
    for (cohort, ordinal), vector in contributions(card, RULES).items():
        if ordinal <= day.toordinal():
            sums[cohort] = add(cohort[0], sums.get(cohort, empty(cohort[0])), vector)
    return {cohort: vector for cohort, vector in sums.items() if any(vector)}


def measured(
    year: int,
    output: str = "100",
    kwh: str = "1000000",
    products: list[dict[str, Any]] | None = None,
    flows: list[dict[str, Any]] | None = None,
    start: str | None = None,
    end: str | None = None,
) -> dict[str, Any]:
    return {
        "period": {"start": start or f"{year}-01-01", "end": end or f"{year}-12-31"},
        "products": products or [product("p1", output)],
        "flows": flows or [flow("electricity", kwh, "kWh")],
    }


def product(code: str, output: str, unit: str = "t", **more: Any) -> dict[str, Any]:
    return {"code": code, "name": f"Product {code}", "unit": unit, "output": output, **more}


def flow(resource: str, quantity: str, unit: str, **more: Any) -> dict[str, Any]:
    return {"resource": resource, "quantity": quantity, "unit": unit, "basis": "metered", **more}
