"""Shapes of plans and their tasks."""

from __future__ import annotations

from typing import get_args

from marshmallow import validate

from services.eventkit.http import Schema, fields
from services.eventkit.paging import ListQuerySchema
from services.registry.api.schemas import matching
from services.registry.domain.events import TaskStatus

STATUS = validate.OneOf(get_args(TaskStatus))
GROUP = validate.Range(1, 5)


def most(count: int) -> validate.Length:
    return validate.Length(max=count)


class WordsSchema(Schema):
    vi = fields.Text(300, required=True)
    en = fields.Text(300, required=True)


class MilestoneSchema(Schema):
    """`value` is a share from 0 to 1 for K…, else a number; `band` the least and the most of a saving."""

    on = fields.Date(required=True)
    value = fields.Quantity(required=True)
    band = fields.List(
        fields.Quantity(), validate=validate.Length(equal=2), load_default=None, allow_none=True
    )


class PathStartSchema(Schema):
    """Where the straight path to the first milestone begins; without it 0 at the start of the plan."""

    on = fields.Date(required=True)
    value = fields.Quantity(required=True)


class TargetSchema(Schema):
    code = matching("[A-Z][A-Za-z0-9]{0,9}", "the code of an indicator, e.g. K2a", required=True)
    milestones = fields.List(fields.Nested(MilestoneSchema), required=True, validate=validate.Length(1, 50))
    path_from = fields.Nested(PathStartSchema, load_default=None, allow_none=True)


class TaskGroupSchema(Schema):
    group = fields.Integer(required=True, validate=GROUP)
    name = fields.Nested(WordsSchema, required=True)


class TaskSchema(Schema):
    task_id = fields.OwnId(required=True)
    group = fields.Integer(required=True, validate=GROUP)
    title = fields.Text(300, required=True)
    agency = fields.Text(200, required=True)
    co_agencies = fields.List(fields.Text(200), load_default=[], validate=most(30))
    start = fields.Date(required=True)
    end = fields.Date(required=True)


class LoadPlanSchema(Schema):
    """A whole plan. The same content again changes nothing; other content needs a `reason`."""

    id = fields.OwnId(required=True)
    name = fields.Nested(WordsSchema, required=True)
    source = fields.Text(500, required=True)
    start = fields.Date(required=True)
    due = fields.Date(required=True)
    territory = fields.List(fields.Slug(), required=True, validate=validate.Length(1, 500))
    targets = fields.List(fields.Nested(TargetSchema), required=True, validate=most(50))
    task_groups = fields.List(fields.Nested(TaskGroupSchema), load_default=[], validate=most(5))
    tasks = fields.List(fields.Nested(TaskSchema), load_default=[], validate=most(500))
    expected = fields.Dict(
        keys=matching("[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "the name of a measure, e.g. pilots"),
        values=fields.Integer(required=True, validate=validate.Range(0, 10**15)),
        load_default={},
        validate=most(100),
        metadata={"description": "What activities are to reach by the end of the plan, by measure"},
    )
    reason = fields.Text(500, load_default=None, allow_none=True)
    occurred_on = fields.OccurredOn(required=True)


class AddTaskSchema(TaskSchema):
    occurred_on = fields.OccurredOn(required=True)


class TaskStatusSchema(Schema):
    """`reason` is needed for suspended and dropped, and for done before 100% is reported."""

    status = fields.String(required=True, validate=STATUS)
    reason = fields.Text(500, load_default=None, allow_none=True)
    occurred_on = fields.OccurredOn(required=True)


class ProgressSchema(Schema):
    percent = fields.Integer(required=True, validate=validate.Range(0, 100))
    text = fields.Text(2000, required=True)
    occurred_on = fields.OccurredOn(required=True)


class PlanQuery(ListQuerySchema):
    territory = fields.Slug(data_key="unit_id", attribute="territory")
    codes = fields.String(data_key="code", attribute="codes", validate=validate.Length(1, 10))


class TaskQuery(ListQuerySchema):
    group = fields.Integer(validate=GROUP)
    status = fields.String(validate=STATUS)
    agency = fields.Text(200)


class ReportSchema(Schema):
    on = fields.String()
    percent = fields.Integer()
    text = fields.String()
    by = fields.String()


class TaskShownSchema(Schema):
    """`percent` and `report` are of the newest report by the day it tells of."""

    task_id = fields.String()
    group = fields.Integer()
    title = fields.String()
    agency = fields.String()
    co_agencies = fields.List(fields.String())
    start = fields.String()
    end = fields.String()
    status = fields.String()
    reason = fields.String(allow_none=True)
    percent = fields.Integer()
    report = fields.Nested(ReportSchema, allow_none=True)


class StandingSchema(Schema):
    since = fields.String()
    status = fields.String()
    reason = fields.String(allow_none=True)


class TaskHistorySchema(TaskShownSchema):
    """`version` is the plan's. Histories go by the day they tell of, the earliest first."""

    plan_id = fields.String()
    version = fields.Integer()
    status_history = fields.List(fields.Nested(StandingSchema))
    reports = fields.List(fields.Nested(ReportSchema))


class TaskRowSchema(TaskShownSchema):
    """`version` and `position` are the plan's."""

    id = fields.String()
    plan_id = fields.String()
    version = fields.Integer()
    position = fields.Integer()


class TaskListSchema(Schema):
    items = fields.List(fields.Nested(TaskRowSchema))
    next = fields.String(allow_none=True)


class PlanSchema(Schema):
    """`since` is the day from which the plan stands as it does; `tasks` are as they stand now."""

    id = fields.String()
    version = fields.Integer()
    name = fields.Nested(WordsSchema)
    source = fields.String()
    start = fields.Date()
    due = fields.Date()
    since = fields.Date()
    territory = fields.List(fields.String())
    targets = fields.List(fields.Nested(TargetSchema))
    task_groups = fields.List(fields.Nested(TaskGroupSchema))
    tasks = fields.List(fields.Nested(TaskShownSchema))
    expected = fields.Dict(keys=fields.String(), values=fields.Integer())
    sha256 = fields.String()


class PlanRowSchema(Schema):
    id = fields.String()
    version = fields.Integer()
    position = fields.Integer()
    name = fields.Nested(WordsSchema)
    source = fields.String()
    start = fields.String()
    due = fields.String()
    since = fields.String()
    territory = fields.List(fields.String())
    codes = fields.List(fields.String())
    tasks_planned = fields.Integer()
    tasks_done = fields.Integer()


class PlanListSchema(Schema):
    items = fields.List(fields.Nested(PlanRowSchema))
    next = fields.String(allow_none=True)
