"""A province's life as commits of the three logs, in the order in which it would be recorded.

The same for the same seed, but for ids. First everyone is registered, then year by year come the surveys, the
trainings, the moves, and the assessments with their measurements.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from services.audits.domain import catalogue as audits
from services.audits.domain.measurement import Flow, Measurement, Period, Product
from services.eventkit.commits import NewCommit
from services.eventkit.events import Catalogue, Event
from services.eventkit.ids import new_id
from services.kpi.domain.facts import Source
from services.registry.domain import events as registry
from services.training.domain import events as training

UNITS = (
    *("ninh-binh", "tam-diep", "nho-quan", "gia-vien"),
    *("hoa-lu", "yen-khanh", "kim-son", "yen-mo"),
)
INDUSTRIES = ("10620", "11030", "13120", "14100", "16210", "23920", "24100", "31001", "35110", "08101")
YEARS = range(2016, 2021)

CATALOGUES: dict[Source, Catalogue] = {
    "registry": registry.catalogue,
    "audits": audits.catalogue,
    "training": training.catalogue,
}

_SOURCE_OF = {cls: source for source, found in CATALOGUES.items() for _, cls in found.types().values()}

Told = tuple[Source, NewCommit]


class Province:
    """`years` of surveys; `assessed` is the share of facilities that are assessed."""

    def __init__(
        self, facilities: int, *, years: Sequence[int] = YEARS, assessed: float = 0.45, seed: int = 1
    ) -> None:
        self._random = random.Random(seed)
        self._versions: dict[str, int] = {}
        self._years = years
        self._assessed = assessed
        self.ids = [new_id() for _ in range(facilities)]

    def commits(self) -> Iterator[Told]:
        for unit in UNITS:
            yield self._one(
                f"unit:{unit}",
                registry.UnitRegistered(
                    occurred_on=date(2010, 1, 1),
                    unit_id=unit,
                    code=unit[:3],
                    name=unit.title(),
                    level=registry.Level.DISTRICT,
                    kind="district",
                ),
            )
        for id_ in self.ids:
            yield self.registration(id_)
        chosen = {
            id_: self._random.choice(self._years)
            for id_ in self.ids
            if self._random.random() < self._assessed
        }
        for year in self._years:
            for id_ in self.ids:
                yield from self._year(id_, year)
                if chosen.get(id_) == year:
                    yield from self._assessment(id_, year)

    def moves(self, times: int) -> Iterator[Told]:
        """All are registered, then all move, so many times: streams of one length, strewn over the log."""
        for id_ in self.ids:
            yield self.registration(id_)
        for day in range(1, times + 1):
            for id_ in self.ids:
                moved = registry.FacilityMoved(
                    occurred_on=date(2016, 1, day), facility_id=id_, unit_id=self._random.choice(UNITS)
                )
                yield self._one(f"facility:{id_}", moved)

    def registration(self, id_: str) -> Told:
        kind = registry.FacilityKind.ENTERPRISE if self._one_in(3) else registry.FacilityKind.HOUSEHOLD
        return self._one(
            f"facility:{id_}",
            registry.FacilityRegistered(
                occurred_on=date(2014, self._random.randint(1, 12), self._random.randint(1, 28)),
                facility_id=id_,
                code=f"NB-{id_[-12:]}",
                name=f"Cơ sở sản xuất {id_[-6:]}",
                kind=kind,
                industry=registry.Industry(2018, self._random.choice(INDUSTRIES)),
                unit_id=self._random.choice(UNITS),
                employees=self._random.randint(3, 400),
                products=(registry.Product("Gạch nung", "1000 viên"),),
                latitude=20.25,
                longitude=105.97,
            ),
        )

    def _year(self, id_: str, year: int) -> Iterator[Told]:
        draw = self._random.random()
        day = date(year, self._random.randint(1, 12), self._random.randint(1, 28))
        if draw < 0.8:
            chosen = self._random.sample(tuple(training.Benefit), self._random.randint(0, 3))
            yield self._one(
                f"answer:s{year}.{id_}",
                training.SurveyAnswered(
                    occurred_on=day,
                    survey_id=f"s{year}",
                    facility_id=id_,
                    mode=training.Mode.CENSUS,
                    benefits=tuple(chosen),
                ),
            )
        if draw < 0.04:
            moved = registry.FacilityMoved(
                occurred_on=day, facility_id=id_, unit_id=self._random.choice(UNITS)
            )
            yield self._one(f"facility:{id_}", moved)
        elif draw < 0.06:
            reason = "ngừng sản xuất"
            yield self._one(
                f"facility:{id_}",
                registry.FacilitySuspended(occurred_on=day, facility_id=id_, reason=reason),
            )
        elif draw > 0.9:
            yield from self._training(id_, day)

    def _training(self, id_: str, day: date) -> Iterator[Told]:
        ids = {"participation_id": new_id(), "course_id": "c1", "facility_id": id_}
        stream = f"participation:{ids['participation_id']}"
        yield self._one(stream, training.Attended(occurred_on=day, session_id="s1", **ids))
        score = self._random.randint(20, 100)
        yield self._one(stream, training.Tested(occurred_on=day, score=score, passed=score >= 50, **ids))

    def _assessment(self, id_: str, year: int) -> Iterator[Told]:
        a = {"facility_id": id_, "assessment_id": new_id()}
        day = date(year, self._random.randint(3, 6), 15)
        stream = f"assessment:{a['assessment_id']}"
        options = [new_id() for _ in range(2)]
        proposals = [
            audits.OptionProposed(
                occurred_on=day,
                option_id=option,
                option_class="good-housekeeping",
                title="Bảo ôn đường ống hơi",
                resources=("electricity", "coal-3-4"),
                by="an",
                investment_vnd=120_000_000,
                **a,
            )
            for option in options
        ]
        yield self._one(
            stream,
            audits.AssessmentOpened(occurred_on=day, method="quick", assessor="an", unit_id="nho-quan", **a),
        )
        baseline = self._measurement(year - 1, 1.0)
        end = baseline.period.end
        yield self._one(stream, audits.BaselineRecorded(occurred_on=end, measurement=baseline, by="an", **a))
        yield self._one(stream, *proposals)
        yield self._one(stream, audits.AssessmentSubmitted(occurred_on=day, by="an", **a))
        yield self._one(stream, audits.AssessmentApproved(occurred_on=day, reviewer="binh", **a))
        for option in options:
            done = audits.OptionImplemented(occurred_on=day, option_id=option, by="an", **a)
            yield self._one(stream, done)
            yield self._one(
                stream, audits.OptionVerified(occurred_on=day, option_id=option, verifier="binh", **a)
            )
        for later in (year, year + 1):
            measurement = self._measurement(later, self._random.uniform(0.82, 1.02))
            b = {**a, "follow_up_id": new_id(), "occurred_on": measurement.period.end}
            yield self._one(stream, audits.FollowUpReported(measurement=measurement, by="an", **b))
            yield self._one(stream, audits.FollowUpAccepted(reviewer="binh", **b))

    def _measurement(self, year: int, factor: float) -> Measurement:
        kwh = int(self._random.randint(100_000, 900_000) * factor)
        return Measurement(
            period=Period(start=date(year, 1, 1), end=date(year, 12, 31)),
            products=(
                Product(code="p1", name="Gạch", unit="t", output=Decimal(self._random.randint(900, 1100))),
            ),
            flows=(
                Flow(resource="electricity", quantity=Decimal(kwh), unit="kWh", basis="metered"),
                Flow(resource="coal-3-4", quantity=Decimal(420), unit="t", basis="metered"),
                Flow(resource="water", quantity=Decimal(9000), unit="m3", basis="metered"),
            ),
        )

    def _one_in(self, n: int) -> bool:
        return self._random.randrange(n) == 0

    def _one(self, stream: str, *events: Event) -> Told:
        source = _SOURCE_OF[type(events[0])]
        version = self._versions.get(stream, 0) + 1
        self._versions[stream] = version + len(events) - 1
        encode = CATALOGUES[source].encode
        return source, NewCommit(
            stream=stream,
            version=version,
            events=tuple(encode(event, new_id()) for event in events),
            command_id=new_id(),
            actor="bench",
            correlation_id=new_id(),
        )
