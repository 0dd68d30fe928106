"""Assessments by the hundred: four sheets joined by a reference, and how each becomes one commit.

An import opens assessments and edits none. A facility has one that was opened on a day: a row that says other
figures of it is refused with its id, so that they are corrected there, with a reason. A rejected one may be
opened anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from marshmallow.validate import Length

from services.audits.api.access import container, part_id
from services.audits.api.import_sheets import SHEETS
from services.audits.api.measurements import FlowSchema, PeriodSchema, ProductSchema, measurement_of
from services.audits.api.options import typed
from services.audits.api.schemas import OpenSchema
from services.audits.api.schemas_options import ProposalSchema
from services.audits.domain.assessment import Command, Open, RecordBaseline, assessment
from services.audits.domain.options import ProposeOption
from services.audits.domain.state import Assessment
from services.audits.views.assessments import opened
from services.eventkit.bulk import ImportKind, Refusal, Row, Trouble, imports_blueprint
from services.eventkit.bulk.kinds import Planned
from services.eventkit.commands import Work
from services.eventkit.directory import Directory, FacilityEntry
from services.eventkit.errors import FieldError, InvalidInput, SxshError
from services.eventkit.http import fields
from services.eventkit.identity import Principal, Role
from services.eventkit.views import ViewUpdater

blueprint = imports_blueprint(lambda: container().imports, Role.ASSESSOR)

_MANY = "Has more than {max} rows."


class AssessmentRowSchema(OpenSchema):
    """What the routes take for one assessment, together."""

    period = fields.Nested(PeriodSchema, required=True)
    products = fields.List(
        fields.Nested(ProductSchema),
        required=True,
        validate=Length(min=1, max=100, error="Needs {min} to {max} rows of products."),
    )
    flows = fields.List(fields.Nested(FlowSchema), required=True, validate=Length(max=500, error=_MANY))
    options = fields.List(fields.Nested(ProposalSchema), required=True, validate=Length(max=500, error=_MANY))


def import_kinds(directory: Directory, updater: ViewUpdater) -> list[ImportKind]:
    def plan(rows: Sequence[Row], caller: Principal) -> list[Planned]:
        facilities = _facilities(directory, {row.body["facility_id"] for row in rows})
        updater.refresh()
        ids = {entry.id for found in facilities.values() for entry in found}
        there = opened(ids, {_day(row) for row in rows})
        planned = []
        for row in rows:
            planned.append(_planned(row, caller, facilities, there))
            for entry in facilities.get(row.body["facility_id"], []):
                there.setdefault((entry.id, _day(row)), []).append(row.id)
        return planned

    return [
        ImportKind(
            name="assessments",
            vi="Đánh giá sản xuất sạch hơn",
            en="Assessments",
            roles=frozenset({Role.ASSESSOR}),
            sheets=SHEETS,
            schema=AssessmentRowSchema(),
            plan=plan,
            keys=lambda body: {"/facility_id": f"{body['facility_id']} {body['occurred_on']}"},
        )
    ]


def _planned(
    row: Row,
    caller: Principal,
    facilities: Mapping[str, list[FacilityEntry]],
    there: Mapping[tuple[str, str], list[str]],
) -> Planned:
    reasons: list[Trouble | SxshError] = []
    facility = _facility(facilities.get(row.body["facility_id"], []), caller)
    if isinstance(facility, Trouble):
        reasons.append(facility)
        facility = FacilityEntry("", "", "")
    others = there.get((facility.id, _day(row)), [])
    if others and row.id not in others:
        reasons.append(Trouble("/facility_id", "assessment-there", id=others[0], day=_day(row)))
    commands = _commands(row, caller.id, facility)
    reasons += _refusals(commands)
    if reasons:
        return Refusal(tuple(reasons))
    return Work(decider=assessment, id=row.id, commands=tuple(commands.values()), context=row.context)


def _commands(row: Row, by: str, facility: FacilityEntry) -> dict[str, Command]:
    """What the routes would do one after the other, by the pointer to the part of the body each is of."""
    body = row.body
    commands: dict[str, Command] = {
        "": Open(
            assessment_id=row.id,
            facility_id=facility.id,
            unit_id=facility.unit_id,
            method=body["method"],
            assessor=by,
            occurred_on=body["occurred_on"],
        )
    }
    measured = {name: body[name] for name in ("period", "products", "flows")}
    commands["/"] = RecordBaseline(measurement=measurement_of(measured), by=by)
    for index, option in enumerate(body["options"]):
        id_ = part_id(row.context, f":{index}")
        commands[f"/options/{index}"] = ProposeOption(option_id=id_, by=by, **typed(dict(option)))
    return commands


def _refusals(commands: Mapping[str, Command]) -> Iterator[SxshError]:
    """Of every command, not of the first alone: a later one is judged as if a refused one were not there."""
    state = Assessment()
    for pointer, command in commands.items():
        try:
            state = assessment.fold(assessment.decide(command, state), state)
        except InvalidInput as error:
            at = pointer.rstrip("/")
            errors = [FieldError(field=at + each["field"], detail=each["detail"]) for each in error.errors]
            yield InvalidInput(error.detail, errors=errors)


def _day(row: Row) -> str:
    opened_on: date = row.body["occurred_on"]
    return opened_on.isoformat()


def _facility(found: Sequence[FacilityEntry], caller: Principal) -> FacilityEntry | Trouble:
    if not found:
        return Trouble("/facility_id", "no-facility")
    if len({entry.id for entry in found}) > 1:
        return Trouble("/facility_id", "several-facilities")
    return found[0] if caller.may_touch(found[0].unit_id) else Trouble("/facility_id", "other-district")


def _facilities(directory: Directory, names: set[str]) -> dict[str, list[FacilityEntry]]:
    directory.refresh()
    found = directory.by_names(names)
    if len(found) < len(names):
        directory.catch_up()
        found = directory.by_names(names)
    return found
