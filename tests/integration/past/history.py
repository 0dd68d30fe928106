"""A made-up history in three logs: facts in any order, told late, put right, merged, moved, closed, reopened.

Days are those of the facts, `recorded_at` those of the logs; the two have little to do with each other.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from services.eventkit.commits import Commit, NewCommit
from services.eventkit.events import EventRecord
from services.eventkit.memory_log import MemoryLog
from services.eventkit.search import Search

BEGIN = datetime(2016, 1, 4, 8, tzinfo=UTC)
DISTRICTS = ("nho-quan", "kim-son", "yen-mo", "hoa-lu")
UNITS = (*DISTRICTS, "elsewhere")
INDUSTRIES = ("10620", "35110", "01110", "08100")
SOURCES = ("registry", "audits", "training")

Fact = tuple[str, str, date, dict[str, Any]]


class LogFeed:
    """A log as its feed gives it."""

    def __init__(self, log: MemoryLog) -> None:
        self.log = log

    @property
    def head(self) -> int:
        return self.log.head()

    def read(self, after: int, limit: int = 1000) -> list[bytes]:
        return self.log.bodies(after, limit)

    def commits(self, after: int, limit: int = 1000, wait: float = 0.0) -> list[Commit]:
        return [stored.commit for stored in self.log.read(after, limit)]

    @property
    def url(self) -> str:
        return f"http://{self.log.source}/api/v1/events"

    def about(self, subjects: Iterable[str], upto: int, after: int = 0) -> list[Commit]:
        found, wanted = self.commits(after, upto - after), set(subjects)
        return [commit for commit in found if any(event.subject in wanted for event in commit.events)]

    def reached_at(self, at: datetime) -> int:
        return Search(self.log).reached_at(at)

    def event(self, id_: str) -> Commit | None:
        found = self.commits(0, 100_000)
        return next((commit for commit in found if any(event.id == id_ for event in commit.events)), None)


class History:
    """`clock` is when the next thing is recorded."""

    def __init__(self, seed: int, facilities: int = 12, steps: int = 260) -> None:
        self.random = random.Random(seed)
        self.clock = BEGIN
        self.logs = {source: MemoryLog(source, lambda: self.clock) for source in SOURCES}
        self.feeds = {source: LogFeed(log) for source, log in self.logs.items()}
        self.facilities: dict[str, date] = {}
        self.into: dict[str, str] = {}
        self.assessments: dict[str, tuple[str, set[str]]] = {}
        self.closed: dict[str, date] = {}
        self._numbers = 0
        for unit in DISTRICTS:
            level = {"unit_id": unit, "code": unit, "name": unit, "level": "district", "kind": "district"}
            self.record("registry", (f"unit:{unit}", "unit.registered", date(2010, 1, 1), level))
        for number in range(4):
            self.officer(f"o{number}")
        for _ in range(facilities // 2):
            self.register()
        for _ in range(steps):
            self.step(facilities)

    # What is recorded

    def record(self, source: str, *facts: Fact) -> None:
        """One commit."""
        log = self.logs[source]
        stream = f"{facts[0][0]}:{log.head()}"
        events = tuple(
            EventRecord(
                id=f"{source}-{log.head() + 1}-{index}",
                type=type_,
                schema=1,
                subject=subject,
                occurred_on=day,
                data=msgspec.Raw(msgspec.json.encode({**data, "occurred_on": day})),
            )
            for index, (subject, type_, day, data) in enumerate(facts)
        )
        log.append(NewCommit(stream=stream, version=1, events=events, command_id=events[0].id, actor="lan"))

    def feed(self, source: str, known_at: datetime) -> bytes:
        """The lines recorded by then."""
        lines = self.logs[source].bodies(0, 100_000)
        known = [x for x in lines if datetime.fromisoformat(json.loads(x)["recorded_at"]) <= known_at]
        return b"".join(line + b"\n" for line in known)

    def recorded(self) -> list[datetime]:
        """All moments at which anything was recorded, in order."""
        return sorted(
            {stored.commit.recorded_at for log in self.logs.values() for stored in log.read(0, 100_000)}
        )

    def fresh(self, of: str) -> str:
        self._numbers += 1
        return f"{of}{self._numbers}"

    def today(self) -> date:
        return self.clock.date()

    def day(self, since: date = date(2014, 1, 1)) -> date:
        """Mostly lately, now and then long ago."""
        back = self.random.choice((0, 1, 30, 200, 900))
        return max(since, self.today() - timedelta(days=self.random.randint(0, back)))

    # What happens

    def step(self, facilities: int) -> None:
        self.clock += timedelta(seconds=self.random.choice((0, 1, 3600, 86_400 * 9, 86_400 * 20)))
        if len(self.facilities) < facilities and self.random.random() < 0.15:
            self.register()
            return
        happens = self.random.choice(
            [self.change] * 2
            + [self.evidence] * 2
            + [self.assess] * 3
            + [self.judge] * 2
            + [self.merge, self.officers, self.reorganise, self.noise]
        )
        happens()

    def register(self) -> None:
        id_, day = self.fresh("f"), self.day()
        self.facilities[id_] = day
        data = {
            "facility_id": id_,
            "code": id_,
            "name": id_,
            "kind": self.random.choice(("enterprise", "household")),
            "industry": {"version": 2018, "code": self.random.choice(INDUSTRIES + INDUSTRIES[:1] * 4)},
            "unit_id": self.random.choice(UNITS),
            "employees": self.random.choice((None, 5, 50, 500)),
            "products": [],
        }
        self.record("registry", (f"facility:{id_}", "facility.registered", day, data))

    def any(self, unmerged: bool = True) -> tuple[str, date]:
        free = [f for f in self.facilities if not unmerged or f not in self.into]
        id_ = self.random.choice(free)
        return id_, self.facilities[id_]

    def change(self) -> None:
        id_, since = self.any()
        type_, data = self.random.choice(
            (
                ("facility.moved", {"unit_id": self.random.choice(UNITS)}),
                ("facility.closed", {"reason": "r"}),
                ("facility.suspended", {"reason": "r"}),
                ("facility.reopened", {"reason": "r"}),
                ("facility.reopened", {"reason": "r"}),
                ("facility.corrected", {"reason": "r", "kind": "enterprise"}),
                ("facility.corrected", {"reason": "r", "employees": self.random.choice((3, 30, 300))}),
                (
                    "facility.corrected",
                    {"reason": "r", "industry": {"version": 2018, "code": self.random.choice(INDUSTRIES)}},
                ),
            )
        )
        self.record("registry", (f"facility:{id_}", type_, self.day(since), {"facility_id": id_, **data}))

    def evidence(self) -> None:
        id_, _ = self.any()
        subject = f"facility:{id_}"
        if self.random.random() < 0.5:
            passed = self.random.random() < 0.6
            of = {"participation_id": self.fresh("p"), "facility_id": id_, "score": 50, "passed": passed}
            self.record("training", (subject, "participation.tested", self.day(), of))
            return
        answer = {
            "survey_id": self.random.choice(("s1", "s2", "s3")),
            "facility_id": id_,
            "mode": self.random.choice(("census", "census", "sample")),
            "benefits": self.random.choice(([], ["cuts-cost"])),
        }
        # The two modes of one survey never mix.
        answer["survey_id"] = f"{answer['mode']}-{answer['survey_id']}"
        self.record("training", (subject, "survey.answered", self.day(), answer))

    def assess(self) -> None:
        """A new assessment with all that makes an adopter, or a further report of one."""
        if self.assessments and self.random.random() < 0.5:
            self.report()
            return
        (id_, _), assessment = self.any(), self.fresh("a")
        ids = {"assessment_id": assessment, "facility_id": id_}
        subject, option = f"facility:{id_}", {**ids, "option_id": self.fresh("t")}
        self.assessments[assessment] = (id_, set())
        baseline = {**ids, "measurement": self.measured(2015)}
        self.record("audits", (subject, "assessment.baseline-recorded", date(2015, 12, 31), baseline))
        self.record("audits", (subject, "assessment.approved", self.day(), {**ids, "reviewer": "r"}))
        self.record("audits", (subject, "option.implemented", self.day(), option))
        if self.random.random() < 0.8:
            self.record("audits", (subject, "option.verified", self.day(), option))
        self.report(assessment)

    def measured(self, year: int) -> dict[str, Any]:
        """No figure comes twice, so none is flagged as the same two years running."""
        self._numbers += 1
        kwh = self.random.choice((400_000, 850_000, 900_000, 930_000, 1_000_000)) + self._numbers
        return {
            "period": {"start": f"{year}-01-01", "end": f"{year}-12-31"},
            "products": [{"code": "p", "name": "p", "unit": "t", "output": self.random.choice((90, 100))}],
            "flows": [{"resource": "electricity", "quantity": kwh, "unit": "kWh", "basis": "metered"}],
        }

    def report(self, assessment: str | None = None) -> None:
        assessment = assessment or self.random.choice(list(self.assessments))
        id_, reports = self.assessments[assessment]
        year = self.random.choice((2016, 2017, 2018))
        follow_up = self.fresh("u")
        reports.add(follow_up)
        ids = {"assessment_id": assessment, "facility_id": id_, "follow_up_id": follow_up}
        data = {**ids, "measurement": self.measured(year)}
        subject = f"facility:{id_}"
        self.record("audits", (subject, "follow-up.reported", date(year, 12, 31), data))
        if self.random.random() < 0.8:
            self.record("audits", (subject, "follow-up.accepted", self.day(), {**ids, "reviewer": "r"}))

    def judge(self) -> None:
        """What is decided about an assessment after the fact, and what is put right."""
        if not self.assessments:
            return
        assessment = self.random.choice(list(self.assessments))
        id_, reports = self.assessments[assessment]
        subject, ids = f"facility:{id_}", {"assessment_id": assessment, "facility_id": id_}
        of = {**ids, "follow_up_id": self.random.choice(sorted(reports))}
        year = self.random.choice((2016, 2017, 2018))
        corrected = {**of, "measurement": self.measured(year), "by": "b", "reason": "misread"}
        facts: list[tuple[str, date, dict[str, Any]]] = [
            ("assessment.rejected", self.day(), {**ids, "reviewer": "r", "reason": "r"}),
            ("assessment.approved", self.day(), {**ids, "reviewer": "r"}),
            ("follow-up.refused", self.day(), {**of, "reviewer": "r", "reason": "r"}),
            ("follow-up.accepted", self.day(), {**of, "reviewer": "r"}),
            ("follow-up.corrected", date(year, 12, 31), corrected),
            (
                "assessment.baseline-corrected",
                date(2015, 12, 31),
                {**ids, "measurement": self.measured(2015), "by": "b", "reason": "misread"},
            ),
            (
                "follow-up.outlier-reviewed",
                self.day(),
                {**of, "reviewer": "r", "decision": self.random.choice(("keep", "leave-out")), "note": ""},
            ),
        ]
        self.record("audits", (subject, *self.random.choice(facts)))

    def merge(self) -> None:
        """Also taken out again; neither of the two is otherwise merged."""
        if self.into and self.random.random() < 0.4:
            duplicate = self.random.choice(list(self.into))
            survivor = self.into.pop(duplicate)
            types = "facility.unmerged", "facility.released"
        else:
            duplicate, _ = self.any()
            survivor, _ = self.any()
            if duplicate == survivor or duplicate in self.into.values():
                return
            self.into[duplicate] = survivor
            types = "facility.merged", "facility.absorbed"
        day = self.today()
        of = {"facility_id": duplicate, "survivor_id": survivor, "reason": "one tax code"}
        also = {"facility_id": survivor, "duplicate_id": duplicate}
        self.record(
            "registry",
            (f"facility:{duplicate}", types[0], day, of),
            (f"facility:{survivor}", types[1], day, also),
        )

    def officer(self, id_: str) -> None:
        self.record(
            "registry", (f"officer:{id_}", "officer.registered", date(2014, 1, 1), {"officer_id": id_})
        )

    def officers(self) -> None:
        id_ = f"o{self.random.randint(0, 3)}"
        subject, of = f"officer:{id_}", {"officer_id": id_, "unit_id": self.random.choice(DISTRICTS)}
        match self.random.randint(0, 3):
            case 0:
                self.record("registry", (subject, "officer.relieved", self.day(), {**of, "reason": "r"}))
            case 1:
                dedicated = {**of, "dedicated": self.random.random() < 0.8}
                self.record("registry", (subject, "officer.appointed", self.day(), dedicated))
            case _:
                participation = {"participation_id": self.fresh("p"), "officer_id": id_}
                day = self.day()
                self.record("training", (subject, "certificate.issued", day, participation))
                if self.random.random() < 0.3:
                    revoked = {**participation, "reason": "r"}
                    self.record(
                        "training",
                        (subject, "certificate.revoked", day + timedelta(days=100), revoked),
                    )

    def reorganise(self) -> None:
        """A district ends; a new one, or another, takes its place."""
        free = [unit for unit in DISTRICTS[:2] if unit not in self.closed]
        if not free or self.random.random() < 0.7:
            return
        unit, day = self.random.choice(free), self.day()
        self.closed[unit] = day
        successor = f"new-{unit}"
        level = {"unit_id": successor, "code": "1", "name": "n", "level": "district", "kind": "city"}
        self.record(
            "registry",
            (f"unit:{successor}", "unit.registered", day, level),
            (f"unit:{unit}", "unit.closed", day, {"unit_id": unit, "reason": "r", "successors": [successor]}),
        )

    def noise(self) -> None:
        """What concerns no facility's standing."""
        count = {"unit_id": "yen-mo", "facilities": self.random.randint(1, 99), "source": "s"}
        self.record("registry", ("unit:yen-mo", "official-count.published", self.day(), count))
