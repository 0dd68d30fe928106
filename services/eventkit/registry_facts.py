"""What a directory keeps of the registry's events: where a facility or officer belongs, and its status.

Read from the wire (type and JSON), because no service imports another. Each fact holds from its
`occurred_on`: a late report of an earlier day does not override what is known from a later one; on one day
the last recorded wins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from services.eventkit.events import EventRecord

#: What one entry holds: ``{"unit": [value, day], "status": [value, day]}`` of a facility or an administrative
#: unit, with all the ``codes`` that a facility ever had and its ``tax`` code, [value, day];
#: ``{"appointments": {unit_id: [in office?, day]}}`` of an officer. Days are ISO dates, so they sort.
#: A facility that was merged into another has ``"merged": survivor_id``: that is true on all days.
Facts = Mapping[str, Any]

#: (event, facts of its subject so far) -> the facts after it, or None when it changes nothing.
Fold = Callable[[EventRecord, Facts], Facts | None]

_STATUS = {
    "facility.suspended": "suspended",
    "facility.closed": "closed",
    "facility.reopened": "operating",
    "unit.closed": "closed",
}


class _Placed(msgspec.Struct):
    unit_id: str


class _Named(msgspec.Struct):
    code: str | None = None
    tax_code: str | None = None


class _Merged(msgspec.Struct):
    survivor_id: str


def registry_facts(record: EventRecord, facts: Facts) -> Facts | None:
    type_, day = record.type, record.occurred_on.isoformat()
    if type_ in _STATUS:
        return _set(facts, "status", _STATUS[type_], day)
    if type_ == "unit.registered":
        return _set(facts, "status", "operating", day)
    if type_ == "facility.registered":
        return _named(_set(_set(facts, "status", "operating", day), "unit", _unit(record), day), record, day)
    if type_ == "facility.corrected":
        named = _named(facts, record, day)
        return None if named is facts else named
    if type_ == "facility.moved":
        return _set(facts, "unit", _unit(record), day)
    if type_ == "facility.merged":
        return {**facts, "merged": msgspec.json.decode(record.data, type=_Merged).survivor_id}
    if type_ == "facility.unmerged":
        return {name: fact for name, fact in facts.items() if name != "merged"}
    if type_ == "officer.registered":
        return {"appointments": {}, **facts}
    if type_ in ("officer.appointed", "officer.relieved"):
        appointments = facts.get("appointments", {})
        in_office = type_ == "officer.appointed"
        return {**facts, "appointments": _set(appointments, _unit(record), in_office, day)}
    return None


def _unit(record: EventRecord) -> str:
    return msgspec.json.decode(record.data, type=_Placed).unit_id


def _named(facts: Facts, record: EventRecord, day: str) -> Facts:
    """A code is a facility's own for ever, also after it has been given another; a tax code is not."""
    named = msgspec.json.decode(record.data, type=_Named)
    if named.code is not None and named.code not in facts.get("codes", ()):
        facts = {**facts, "codes": [*facts.get("codes", ()), named.code]}
    return facts if named.tax_code is None else _set(facts, "tax", named.tax_code, day)


def _set(facts: Facts, name: str, value: object, day: str) -> Facts:
    known = facts.get(name)
    return facts if known is not None and known[1] > day else {**facts, name: [value, day]}
