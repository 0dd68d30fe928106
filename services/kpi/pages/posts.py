"""Officers as pages show them: where they are appointed, and whether they are capable."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from services.eventkit.http import principal
from services.kpi.domain.facts import OfficerCard
from services.kpi.domain.officers import Capability, Post, capability, posts
from services.kpi.pages.records import Records
from services.kpi.views.facilities import OFFICER

#: Days before its end from which a certificate is said to expire soon.
SOON = 90


class Officer(NamedTuple):
    """On the day that is read. `posts` are those that the caller may see."""

    card: OfficerCard
    posts: list[Post]
    found: Capability

    @property
    def id(self) -> str:
        return self.card.id

    @property
    def counts(self) -> bool:
        """Capable, and dedicated to some unit."""
        return self.found.state == "valid" and any(post.dedicated for post in self.posts)

    def state(self, day: int) -> str:
        """What its certificate is: as `Capability.state`, or `soon` when it ends within `SOON` days."""
        last = self.found.last
        return (
            "soon"
            if self.found.state == "valid" and last is not None and last - day < SOON
            else self.found.state
        )


def officers(of: Records) -> list[Officer]:
    """All that the caller may see: whoever is limited to districts sees those appointed there."""
    return list(_read(of))


def _read(of: Records) -> Iterator[Officer]:
    limited = principal().districts is not None
    for _, card in of.facilities.officers():
        held = [post for post in posts(card, of.day) if principal().may_touch(post.unit)]
        if held or not limited:
            yield Officer(card, held, capability(card, of.shown.rules, of.day))


def told(of: Records, officer: Officer) -> dict[str, Any]:
    """One line of a list."""
    state, last = officer.state(of.day), officer.found.last
    return {
        "id": officer.id,
        "called": called(of, officer.id),
        "posts": [
            {
                "unit": post.unit,
                "name": of.unit_name(post.unit),
                "dedicated": of.say.t("officer-dedicated" if post.dedicated else "officer-beside"),
                "since": day(of, post.since),
            }
            for post in officer.posts
        ],
        "counts": officer.counts,
        "certificate": state,
        "why": of.say.t(f"held-{state}", day="" if last is None else day(of, last)),
    }


def called(of: Records, id_: str) -> str:
    """A name without the person: that one stays sealed but for those who may see it."""
    return of.say.t("officer-called", id=id_.removeprefix(OFFICER)[-6:])


def day(of: Records, ordinal: int) -> str:
    return of.say.day(date.fromordinal(ordinal))
