"""A system that is only its logs, with what was signed of them: enough to take evidence from."""

from __future__ import annotations

import base64
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.eventkit.proof import merkle
from services.eventkit.proof.notes import Checkpoint, Signer
from services.kpi.domain.official import sha256_of
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

    def __init__(self, history: History, key: Ed25519PrivateKey | None = None) -> None:
        self.history = history
        self.bodies = {source: history.logs[source].bodies(0, 100_000) for source in SOURCES}
        self.leaves = {s: [merkle.leaf_hash(body) for body in bodies] for s, bodies in self.bodies.items()}
        key = key or Ed25519PrivateKey.generate()
        self.signers = {source: Signer(f"sxsh/{source}/2019", key) for source in SOURCES}
        self.notes = {source: self._signed(source) for source in SOURCES}

    @property
    def keys(self) -> str:
        return "".join(f"{signer.verifier}\n" for signer in self.signers.values())

    def _signed(self, source: str) -> list[Answer]:
        commits = [stored.commit for stored in self.history.logs[source].read(0, 100_000)]
        sizes = [n for n in range(1, len(commits) + 1) if n % 10 == 0 or n == len(commits)]
        return [self.note(source, n, commits[n - 1].recorded_at + timedelta(seconds=1)) for n in sizes]

    def note(self, source: str, size: int, at: datetime) -> Answer:
        made = Checkpoint(f"sxsh/{source}", size, merkle.root(self.nodes(source), size), at)
        return {"size": size, "at": at.isoformat(), "note": self.signers[source].sign(made.text())}

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
