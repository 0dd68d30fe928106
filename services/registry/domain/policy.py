"""A policy document that a plan asks for: planned, then issued or dropped. Stream ``policy:<id>``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.registry.domain.events import PolicyDropped, PolicyIssued, PolicyPlanned

PolicyStatus = Literal["planned", "issued", "dropped"]


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    plan_id: str
    title: str
    kind: str
    agency: str
    due: date
    planned_on: date
    issued_on: date | None = None
    number: str | None = None
    issuer: str | None = None
    dropped_on: date | None = None
    reason: str | None = None

    @property
    def status(self) -> PolicyStatus:
        if self.issued_on is not None:
            return "issued"
        return "planned" if self.dropped_on is None else "dropped"


class PlanPolicy(msgspec.Struct, frozen=True, kw_only=True):
    policy_id: str
    plan_id: str
    title: str
    kind: str
    agency: str
    due: date
    occurred_on: date


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    number: str
    issuer: str
    occurred_on: date


class Drop(msgspec.Struct, frozen=True, kw_only=True):
    reason: str
    occurred_on: date


Command = PlanPolicy | Issue | Drop


def existing(policy: Policy | None) -> Policy:
    if policy is None:
        raise NotFound("There is no such policy document. Look for its id in the list of policies.")
    return policy


def decide(command: Command, policy: Policy | None) -> Sequence[Event]:
    if isinstance(command, PlanPolicy):
        if policy is not None:
            raise Refused(f"Policy document {policy.id} is planned already.")
        return [PolicyPlanned(**msgspec.structs.asdict(command))]
    known = existing(policy)
    if known.issued_on is not None:
        raise Refused(f"The document was issued on {known.issued_on} as {known.number}; that stays.")
    if known.dropped_on is not None:
        raise Refused(f"The document was dropped on {known.dropped_on}. Plan it anew as another one.")
    if command.occurred_on < known.planned_on:
        raise InvalidInput.at("/occurred_on", f"must not be before {known.planned_on}, when it was planned")
    fields = {"policy_id": known.id, "plan_id": known.plan_id, **msgspec.structs.asdict(command)}
    return [PolicyIssued(**fields) if isinstance(command, Issue) else PolicyDropped(**fields)]


def evolve(policy: Policy | None, event: Event) -> Policy | None:
    if isinstance(event, PolicyPlanned):
        return Policy(
            id=event.policy_id,
            plan_id=event.plan_id,
            title=event.title,
            kind=event.kind,
            agency=event.agency,
            due=event.due,
            planned_on=event.occurred_on,
        )
    if policy is not None and isinstance(event, PolicyIssued):
        return msgspec.structs.replace(
            policy, issued_on=event.occurred_on, number=event.number, issuer=event.issuer
        )
    if policy is not None and isinstance(event, PolicyDropped):
        return msgspec.structs.replace(policy, dropped_on=event.occurred_on, reason=event.reason)
    return policy


POLICY: Decider[Command, Policy | None] = Decider("policy", None, decide, evolve)
