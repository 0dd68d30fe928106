"""A system that is only its logs, with what was signed of them: enough to take evidence from."""

from __future__ import annotations

import base64
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.eventkit.commits import NewCommit
from services.eventkit.log import EventLog
from services.eventkit.memory_log import MemoryLog
from services.eventkit.proof import merkle
from services.eventkit.proof.notes import Checkpoint, Signer
from services.kpi.domain.official import (
    OfficialFrozen,
    OfficialReading,
    TargetValue,
    catalogue,
    sha256_of,
)
from services.kpi.domain.official import (
    Source as From,
)
from services.kpi.domain.plans import built_in
from services.kpi.domain.rules import RuleSet
from tests.e2e.fold import World
from tests.integration.past.history import SOURCES, History

Answer = dict[str, Any]


class Quiet:
    def say(self, what: str) -> None: ...
    def count(self, what: str, done: int, total: int) -> None: ...


class MadeSource:
    """Of a random history. Each log is signed after every tenth commit, a second later, and at its end."""

    def __init__(
        self,
        history: History,
        frozen: tuple[tuple[str, datetime], ...] = (),
        key: Ed25519PrivateKey | None = None,
    ) -> None:
        """`frozen` are days made official, and when."""
        self.history, self.clock = history, history.clock
        self.logs: dict[str, EventLog] = {**history.logs, "kpi": MemoryLog("kpi", lambda: self.clock)}
        for day, self.clock in frozen:
            self._freeze(day, self.clock)
        self.bodies = {name: log.bodies(0, 100_000) for name, log in self.logs.items()}
        self.leaves = {s: [merkle.leaf_hash(body) for body in bodies] for s, bodies in self.bodies.items()}
        key = key or Ed25519PrivateKey.generate()
        self.signers = {name: Signer(f"sxsh/{name}/2019", key) for name in self.logs}
        self.notes = {name: self._signed(name) for name in self.logs}

    @property
    def keys(self) -> str:
        return "".join(f"{signer.verifier}\n" for signer in self.signers.values())

    def _signed(self, source: str) -> list[Answer]:
        commits = [stored.commit for stored in self.logs[source].read(0, 100_000)]
        sizes = [n for n in range(1, len(commits) + 1) if n % 10 == 0 or n == len(commits)]
        return [self.note(source, n, commits[n - 1].recorded_at + timedelta(seconds=1)) for n in sizes]

    def note(self, source: str, size: int, at: datetime) -> Answer:
        made = Checkpoint(f"sxsh/{source}", size, merkle.root(self.nodes(source), size), at)
        return {"size": size, "at": at.isoformat(), "note": self.signers[source].sign(made.text())}

    def _freeze(self, day: str, at: datetime) -> None:
        answer = self.reading(day, at.isoformat(), None)
        bare = dict.fromkeys(("decimal", "target", "reason"))
        rules = RuleSet.load()
        heads = {s: self.history.logs[s].read(n - 1, 1)[0].hash for s, n in answer["position"].items() if n}
        reading = OfficialReading(
            on=date.fromisoformat(day),
            read_at=at,
            plan=From(id=built_in().id, sha256=sha256_of(built_in())),
            rules=From(id=rules.id, version=rules.version, sha256=sha256_of(rules.data)),
            position=answer["position"],
            heads=heads,
            targets=tuple(TargetValue(**bare, **one) for one in answer["targets"]),
            supporting=(),
        )
        reading = self.official(reading)
        event = OfficialFrozen(
            occurred_on=reading.on,
            official_id=f"official-{day}",
            plan_id=built_in().id,
            label="Báo cáo năm",
            by="oanh",
            reading=reading,
            sha256=reading.sha256(),
        )
        record = catalogue.encode(event, f"kpi-{day}")
        self.logs["kpi"].append(
            NewCommit(stream=record.subject, version=1, events=(record,), command_id=record.id, actor="oanh")
        )

    def official(self, reading: OfficialReading) -> OfficialReading:
        """What is frozen of a reading."""
        return reading

    def nodes(self, source: str) -> merkle.Nodes:
        leaves = self.leaves[source]

        @cache
        def nodes(level: int, index: int) -> bytes:
            if level == 0:
                return leaves[index]
            return merkle.node_hash(nodes(level - 1, 2 * index), nodes(level - 1, 2 * index + 1))

        return nodes

    def reading(self, on: str, known_at: str, plan: str | None) -> Answer:
        """By the plain fold of the tests, which is another than the verifier's."""
        then = datetime.fromisoformat(known_at)
        feeds = {source: self.history.feed(source, then) for source in SOURCES}
        goals = built_in().goals(date.fromisoformat(on))
        targets = []
        for code, (numerator, denominator) in World(*feeds.values()).targets(date.fromisoformat(on)).items():
            goal = goals.get(code)
            met = None if goal is None or not denominator else numerator >= goal * denominator
            value = f"{numerator}/{denominator}" if denominator else None
            pair = {"numerator": numerator, "denominator": denominator}
            targets.append({"code": code, **pair, "value": value, "met": met})
        return {
            "as_of": on,
            "known_at": known_at,
            "position": {source: len(feed.splitlines()) for source, feed in feeds.items()},
            "plan": {"id": built_in().id},
            "rules": {"id": "sxsh-2016", "version": RuleSet.load().version},
            "targets": targets,
        }

    def rules(self) -> Answer:
        data = RuleSet.load().data
        content = msgspec.to_builtins(data)
        return {"id": data.id, "version": data.version, "sha256": sha256_of(data), "content": content}

    def plan(self, id_: str, known_at: str) -> Answer:
        plan = msgspec.to_builtins(built_in())
        return {**plan, "id": plan["plan_id"], "targets": [_bare(target) for target in plan["targets"]]}

    def lines(self, log: str, after: int, limit: int) -> list[bytes]:
        return self.bodies[log][after : after + limit]

    def latest(self, log: str) -> Answer | None:
        return self.notes[log][-1] if self.notes[log] else None

    def checkpoints(self, log: str, cursor: str | None) -> Answer:
        start = int(cursor or 0)
        more = start + 3 < len(self.notes[log])
        return {"items": self.notes[log][start : start + 3], "next": str(start + 3) if more else None}

    def inclusion(self, log: str, position: int, size: int) -> list[str]:
        return _encoded(merkle.inclusion(self.nodes(log), position - 1, size))

    def consistency(self, log: str, first: int, second: int) -> list[str]:
        return _encoded(merkle.consistency(self.nodes(log), first, second))


def _bare(target: Answer) -> Answer:
    """As /plans shows it."""
    steps = [{"on": m["on"], "value": m["value"], "band": m["band"]} for m in target["milestones"]]
    return {"code": target["code"], "milestones": steps}


def _encoded(path: list[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in path]
