"""Attendance and survey answers by the thousand. Facilities are named by their code or tax code."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import pre_load
from marshmallow.validate import Range

from services.eventkit.bulk import Column, ImportKind, Row, Sheet, Trouble, imports_blueprint
from services.eventkit.bulk.cells import day, quantity, several, whole
from services.eventkit.bulk.kinds import Planned
from services.eventkit.commands import CommandBus, Work
from services.eventkit.decider import Decider
from services.eventkit.directory import Directory, FacilityEntry, OfficerEntry
from services.eventkit.errors import InvalidInput, NotFound
from services.eventkit.http import fields
from services.eventkit.identity import Principal, Role
from services.eventkit.persons import PersonVault
from services.eventkit.sealed import Sealed
from services.training.api.access import container
from services.training.api.schemas.common import ID
from services.training.api.schemas.participations import AttendSchema
from services.training.api.schemas.surveys import AnswerSchema
from services.training.domain.answers import ANSWER, Answer, answer_id
from services.training.domain.courses import COURSE, Course
from services.training.domain.events import Benefit
from services.training.domain.participations import PARTICIPATION, Attend
from services.training.domain.surveys import SURVEY, Survey

ROLES = frozenset({Role.TRAINER})
_BENEFITS: dict[str, tuple[str, ...]] = {
    Benefit.SAVES_ENERGY: ("tiết kiệm năng lượng",),
    Benefit.SAVES_MATERIALS: ("tiết kiệm nguyên liệu",),
    Benefit.SAVES_WATER: ("tiết kiệm nước",),
    Benefit.CUTS_WASTE: ("giảm chất thải",),
    Benefit.CUTS_COST: ("giảm chi phí",),
    Benefit.HEALTH_SAFETY: ("an toàn sức khỏe",),
    Benefit.COMPLIANCE: ("tuân thủ pháp luật",),
    Benefit.MARKET: ("mở rộng thị trường",),
}
_CODE = {"vi": "mã cơ sở hoặc mã số thuế", "en": "its code or tax code"}

blueprint = imports_blueprint(lambda: container().imports, *ROLES)


class AnswerRowSchema(AnswerSchema):
    """An answer with its survey; a facility that names nothing leaves the cell empty."""

    survey_id = fields.Text(max=ID, required=True)

    @pre_load
    def nothing_named(self, body: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        return {"benefits": [], **body}


class AttendanceRowSchema(AttendSchema):
    """Somebody's part in a session; `number` tells people of one facility apart where names are not given."""

    course_id = fields.Text(max=ID, required=True)
    session_id = fields.Text(max=ID, required=True)
    number = fields.Integer(validate=Range(1, 1_000_000))


ANSWERS = Sheet(
    "answers", "Trả lời", "Answers",
    (
        Column("survey", "/survey_id", "Mã phiếu điều tra", "Survey", required=True),
        Column("facility", "/facility_id", "Cơ sở", "Facility", required=True, example="NB-001",
               help_vi=_CODE["vi"], help_en=_CODE["en"]),
        Column(
            "benefits", "/benefits", "Lợi ích nêu được", "Benefits", several(_BENEFITS),
            example="tiết kiệm năng lượng; giảm chi phí",
            help_vi="cách nhau bằng dấu chấm phẩy; để trống nếu không nêu được",
            help_en="parted by semicolons; empty when it named none",
        ),
        Column(
            "weight", "/weight", "Trọng số", "Weight", quantity, example="12,5",
            help_vi="chỉ cho điều tra mẫu", help_en="of sample surveys only",
        ),
        Column("on", "/occurred_on", "Ngày trả lời", "Answered on", day, required=True, example="15/05/2018"),
    ),
)  # fmt: skip
ATTENDANCE = Sheet(
    "attendance", "Người dự", "Attendance",
    (
        Column("course", "/course_id", "Mã khóa học", "Course", required=True),
        Column("session", "/session_id", "Mã buổi học", "Session", required=True),
        Column("facility", "/facility_id", "Cơ sở", "Facility", example="NB-001",
               help_vi=_CODE["vi"], help_en=_CODE["en"]),
        Column("officer", "/officer_id", "Cán bộ", "Officer", help_vi="mã cán bộ trong sổ",
               help_en="the officer's id in the registry"),
        Column("name", "/attendee/name", "Họ tên người dự", "Attendee", personal=True,
               help_vi="của cơ sở; được mã hóa", help_en="of the facility; kept encrypted"),
        Column("number", "/number", "Số thứ tự", "Number", whole, example="1",
               help_vi="khi không ghi tên", help_en="when no name is given"),
    ),
)  # fmt: skip


def import_kinds(bus: CommandBus, directory: Directory, vault: PersonVault) -> list[ImportKind]:
    found = _Found(bus, directory, vault)
    return [
        ImportKind(
            name="answers", vi="Trả lời phiếu điều tra", en="Survey answers", roles=ROLES, sheets=(ANSWERS,),
            schema=AnswerRowSchema(), plan=found.answers,
            keys=lambda body: {
                "/facility_id": f"{body['survey_id']}|{body['facility_id']}|{body['occurred_on']}"
            },
        ),
        ImportKind(
            name="attendance", vi="Người dự tập huấn", en="Attendance", roles=ROLES, sheets=(ATTENDANCE,),
            schema=AttendanceRowSchema(), plan=found.attendance, digest=vault.blind,
        ),
    ]  # fmt: skip


@dataclass(frozen=True)
class _Found:
    bus: CommandBus
    directory: Directory
    vault: PersonVault

    def answers(self, rows: Sequence[Row], caller: Principal) -> list[Planned]:
        facilities = self._facilities({row.body["facility_id"] for row in rows})
        surveys = self._states(SURVEY, {row.body["survey_id"] for row in rows})
        duplicates: dict[str, tuple[str, ...]] = {}
        if any(survey.sample for survey in surveys.values()):
            for duplicate, survivor in self.directory.survivors().items():
                duplicates[survivor] = (*duplicates.get(survivor, ()), duplicate)
        return [_tried(_answer, row, caller, facilities, surveys, duplicates) for row in rows]

    def attendance(self, rows: Sequence[Row], caller: Principal) -> list[Planned]:
        facilities = self._facilities({row.body["facility_id"] for row in rows if "facility_id" in row.body})
        courses = self._states(COURSE, {row.body["course_id"] for row in rows})
        officers = self._officers({row.body["officer_id"] for row in rows if "officer_id" in row.body})
        sealed = self._sealed(rows)
        return [_tried(_attend, row, caller, facilities, courses, sealed, officers) for row in rows]

    def _sealed(self, rows: Sequence[Row]) -> dict[str, Sealed]:
        """By id of the row, its attendee. Nothing is sealed that will not be written, or was before."""
        named = {row.id: row.body["attendee"] for row in rows if "attendee" in row.body}
        known = self.bus.log.by_commands(row.context.command_id for row in rows if not row.dry)
        new = {
            f"attendee:{row.id}": named[row.id]
            for row in rows
            if row.id in named and not row.dry and row.context.command_id not in known
        }
        sealed = self.vault.seal_many(new)
        unwritten = {id_: Sealed(f"attendee:{id_}", "") for id_ in named if f"attendee:{id_}" not in new}
        return unwritten | {person.partition(":")[2]: box for person, box in sealed.items()}

    def _facilities(self, names: set[str]) -> dict[str, list[FacilityEntry]]:
        self.directory.refresh()
        found = self.directory.by_names(names)
        if len(found) < len(names):
            self.directory.catch_up()
            found = self.directory.by_names(names)
        return found

    def _officers(self, ids: set[str]) -> dict[str, OfficerEntry]:
        found = {}
        for id_ in ids:
            with contextlib.suppress(InvalidInput):
                found[id_] = self.directory.officer(id_)
        return found

    def _states(self, decider: Decider[Any, Any], ids: set[str]) -> dict[str, Any]:
        loaded = self.bus.load_many((decider, id_) for id_ in ids)
        states = {id_: loaded[decider.stream(id_)].state for id_ in ids}
        return {id_: state for id_, state in states.items() if state is not None}


def _tried(plan: Any, *given: Any) -> Planned:
    try:
        planned: Planned = plan(*given)
    except Trouble as trouble:
        return trouble
    return planned


def _answer(
    row: Row,
    caller: Principal,
    facilities: Mapping[str, list[FacilityEntry]],
    surveys: Mapping[str, Survey],
    duplicates: Mapping[str, tuple[str, ...]],
) -> Work:
    body = row.body
    survey = surveys.get(body["survey_id"])
    if survey is None:
        raise Trouble("/survey_id", "survey")
    facility_id = _facility(body["facility_id"], facilities, caller)
    command = Answer(
        survey=survey,
        facility_id=facility_id,
        benefits=tuple(map(Benefit, body["benefits"])),
        weight=body.get("weight"),
        duplicates=duplicates.get(facility_id, ()),
        occurred_on=body["occurred_on"],
    )
    id_ = answer_id(survey.id, facility_id)
    return Work(decider=ANSWER, id=id_, commands=(command,), context=row.context)


def _attend(
    row: Row,
    caller: Principal,
    facilities: Mapping[str, list[FacilityEntry]],
    courses: Mapping[str, Course],
    sealed: Mapping[str, Sealed],
    officers: Mapping[str, OfficerEntry],
) -> Work:
    body = row.body
    course = courses.get(body["course_id"])
    if course is None:
        raise Trouble("/course_id", "course")
    try:
        session = course.session(body["session_id"])
    except NotFound:
        raise Trouble("/session_id", "session") from None
    facility_id = officer_id = None
    if "facility_id" in body:
        facility_id = _facility(body["facility_id"], facilities, caller)
        if "attendee" not in body and "number" not in body:
            raise Trouble("/attendee/name", "name-or-number")
        if "attendee" in body and row.id not in sealed:
            raise Trouble("/attendee/name", "erased")
    if "officer_id" in body:
        officer_id = _officer(body["officer_id"], officers, caller)
    command = Attend(
        participation_id=row.id,
        course_id=course.id,
        session_id=session.id,
        audience=course.audience,
        session_on=session.on,
        unit_id=session.unit_id,
        today=fields.today(),
        cancelled_on=session.cancelled_on,
        facility_id=facility_id,
        officer_id=officer_id,
        attendee=sealed.get(row.id),
    )
    return Work(decider=PARTICIPATION, id=row.id, commands=(command,), context=row.context)


def _facility(name: str, known: Mapping[str, list[FacilityEntry]], caller: Principal) -> str:
    found = {entry.id: entry for entry in known.get(name, ())}
    if not found:
        raise Trouble("/facility_id", "no-facility")
    if len(found) > 1:
        raise Trouble("/facility_id", "several-facilities")
    (entry,) = found.values()
    if not caller.may_touch(entry.unit_id):
        raise Trouble("/facility_id", "other-district")
    return entry.id


def _officer(id_: str, known: Mapping[str, OfficerEntry], caller: Principal) -> str:
    entry = known.get(id_)
    if entry is None:
        raise Trouble("/officer_id", "officer")
    if caller.districts is not None and not any(map(caller.may_touch, entry.unit_ids)):
        raise Trouble("/officer_id", "other-district")
    return entry.id
