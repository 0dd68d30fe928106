"""What an officer counts for: dedicated appointments, and a certificate that is valid."""

from __future__ import annotations

from typing import Literal, NamedTuple

from services.kpi.domain.activities import officers_training
from services.kpi.domain.facts import Certificate, Fact, OfficerCard, as_of
from services.kpi.domain.parts import State, Sums, by_cohort, deltas
from services.kpi.domain.rules import RuleSet, add_months


def officer(card: OfficerCard, rules: RuleSet) -> Sums:
    days = {fact.day for facts in card.appointments.values() for fact in facts}
    for certificate in card.certificates.values():
        if certificate.issued:
            days |= {certificate.issued.day, _last_day(certificate, certificate.issued, rules) + 1}
        if certificate.revoked:
            days.add(certificate.revoked.day)
    appointed = by_cohort(deltas(days, lambda day: _state(card, rules, day)))
    return appointed | officers_training(card)


def _last_day(certificate: Certificate, issued: Fact, rules: RuleSet) -> int:
    last = add_months(issued.day, rules.certificate_months)
    return last if certificate.until is None else min(last, certificate.until)


def certified(card: OfficerCard, rules: RuleSet, day: int) -> bool:
    """A certificate is valid up to and on the day on which it is `certificate_months` old, or the last day
    that it names, if that is earlier."""
    return any(
        certificate.issued is not None
        and certificate.issued.day <= day <= _last_day(certificate, certificate.issued, rules)
        and (certificate.revoked is None or day < certificate.revoked.day)
        for certificate in card.certificates.values()
    )


class Post(NamedTuple):
    """An appointment that holds on a day: since when, and the event that says so."""

    unit: str
    dedicated: bool
    since: int
    event: str


def posts(card: OfficerCard, day: int) -> list[Post]:
    """In the order of the units' ids."""
    found = ((unit, as_of(facts, day)) for unit, facts in sorted(card.appointments.items()))
    return [
        Post(unit, fact.value == "dedicated", fact.day, fact.event)
        for unit, fact in found
        if fact is not None and fact.value != "relieved"
    ]


class Capability(NamedTuple):
    """`last` is the last day of validity (of a revoked certificate the day before it was revoked), `event`
    what decides."""

    state: Literal["valid", "expired", "revoked", "none"]
    last: int | None
    event: str | None


def capability(card: OfficerCard, rules: RuleSet, day: int) -> Capability:
    """By the certificate issued by a day that is valid for longest; a revoked one counts last."""
    standing: list[tuple[int, str]] = []
    revoked: list[tuple[int, str]] = []
    for certificate in card.certificates.values():
        issued = certificate.issued
        if issued is None or issued.day > day:
            continue
        if certificate.revoked is not None and certificate.revoked.day <= day:
            revoked.append((certificate.revoked.day - 1, certificate.revoked.event))
        else:
            standing.append((_last_day(certificate, issued, rules), issued.event))
    if standing:
        last, event = max(standing)
        return Capability("valid" if day <= last else "expired", last, event)
    return Capability("revoked", *max(revoked)) if revoked else Capability("none", None, None)


def _state(card: OfficerCard, rules: RuleSet, day: int) -> State:
    units = [
        unit
        for unit, facts in card.appointments.items()
        if (fact := as_of(facts, day)) is not None and fact.value == "dedicated"
    ]
    if not units:
        return {}
    qualified = int(certified(card, rules, day))
    vector = (qualified, 1, qualified if len(units) > 1 else 0)
    return {("officer", unit): vector for unit in units}
