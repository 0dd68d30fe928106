"""Bodies and answers about options."""

from __future__ import annotations

from typing import Any

from marshmallow.validate import Length, OneOf

from services.audits.api.measurements import ALL_UNITS
from services.audits.api.schemas import REASON, OccurredSchema, ReasonSchema
from services.audits.domain.catalogue import OPTION_CLASSES
from services.audits.domain.measurement import RESOURCES
from services.audits.domain.option_life import ANSWERS, STATUSES_ON
from services.eventkit.http import Schema, fields
from services.eventkit.paging import ListQuerySchema


class AmountSchema(Schema):
    """Saved in a year."""

    resource = fields.String(required=True, validate=OneOf(RESOURCES))
    quantity = fields.Quantity(required=True)
    unit = fields.String(required=True, validate=OneOf(ALL_UNITS))


def _resources(*, required: bool) -> fields.List[Any]:
    return fields.List(
        fields.String(validate=OneOf(RESOURCES)),
        required=required,
        validate=Length(max=len(RESOURCES)),
        metadata={"description": "What it saves or changes; each once", "uniqueItems": True},
    )


class ProposalSchema(OccurredSchema):
    option_class = fields.String(required=True, validate=OneOf(OPTION_CLASSES))
    title = fields.Text(max=300, required=True)
    resources = _resources(required=True)
    investment_vnd = fields.Money()
    yearly_saving_vnd = fields.Money(metadata={"description": "Net, estimated, whole VND a year"})
    estimated = fields.List(fields.Nested(AmountSchema), validate=Length(max=50))


class OptionCorrectionSchema(ReasonSchema):
    """What is left out stays as it is; at least one field is needed beside the reason."""

    option_class = fields.String(validate=OneOf(OPTION_CLASSES))
    title = fields.Text(max=300)
    resources = _resources(required=False)
    investment_vnd = fields.Money()
    yearly_saving_vnd = fields.Money(metadata={"description": "Net, estimated, whole VND a year"})
    estimated = fields.List(fields.Nested(AmountSchema), validate=Length(max=50))


class VerificationSchema(OccurredSchema):
    verified = fields.List(fields.Nested(AmountSchema), validate=Length(max=50))
    verified_saving_vnd = fields.Money(metadata={"description": "Net, as found in use, whole VND a year"})


class DeferralSchema(OccurredSchema):
    note = fields.Text(max=REASON)


class AnswerSchema(OccurredSchema):
    answer = fields.String(required=True, validate=OneOf(ANSWERS))
    reason = fields.Text(max=REASON, metadata={"description": "Needed with not-implemented"})


class AnsweredSchema(Schema):
    on = fields.Date(required=True)
    answer = fields.String(required=True)
    by = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)


class OptionHistorySchema(Schema):
    """`before` holds the fields that were corrected, as they stood."""

    on = fields.Date(required=True)
    by = fields.String(required=True)
    reason = fields.String(required=True)
    before = fields.Dict(keys=fields.String(), required=True)


class OptionSchema(Schema):
    """`status` is today's: a pending option is lapsed from `lapses_on`. `due_on` is the first anniversary of
    the proposal that waits for an answer. `payback_years` is investment / yearly net saving, rounded to two
    places; null when not known."""

    option_id = fields.String(required=True)
    option_class = fields.String(required=True, validate=OneOf(OPTION_CLASSES))
    title = fields.String(required=True)
    resources = fields.List(fields.String(), required=True)
    investment_vnd = fields.Integer(required=True, allow_none=True)
    yearly_saving_vnd = fields.Integer(required=True, allow_none=True)
    payback_years = fields.String(required=True, allow_none=True)
    estimated = fields.List(fields.Nested(AmountSchema), required=True)
    status = fields.String(required=True, validate=OneOf(STATUSES_ON))
    proposed_on = fields.Date(required=True)
    deferred_on = fields.Date(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)
    lapses_on = fields.Date(required=True, allow_none=True)
    answers = fields.List(fields.Nested(AnsweredSchema), required=True)
    implemented_on = fields.Date(required=True, allow_none=True)
    verified_on = fields.Date(required=True, allow_none=True)
    ended_on = fields.Date(required=True, allow_none=True)
    verifier = fields.String(required=True, allow_none=True)
    verified = fields.List(fields.Nested(AmountSchema), required=True)
    verified_saving_vnd = fields.Integer(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    replication_id = fields.String(required=True, allow_none=True)
    pilot_id = fields.String(required=True, allow_none=True)
    pilot_facility_id = fields.String(required=True, allow_none=True)
    history = fields.List(fields.Nested(OptionHistorySchema), required=True)


class OptionSummaryQuery(Schema):
    """`due_on` is the reminder list: pending options that wait for their yearly answer on that day."""

    assessment_id = fields.Text(max=64)
    facility_id = fields.Text(max=64)
    unit_id = fields.Text(max=64)
    pilot_id = fields.Text(max=120, metadata={"description": "The pilot that the options repeat"})
    status = fields.String(validate=OneOf(STATUSES_ON))
    option_class = fields.String(data_key="class", validate=OneOf(OPTION_CLASSES))
    due_on = fields.Date()
    on = fields.Date(
        load_default=fields.today,
        metadata={"description": "The day at which a pending option is judged as lapsed; today if left out"},
    )
    payback_at_most = fields.Quantity(
        metadata={"description": "Years; compared with the payback as shown, rounded to two places"}
    )

    q = fields.String(
        load_default=None,
        validate=Length(1, 200),
        metadata={"description": "words or their beginnings, with or without accents"},
    )


class OptionQuery(OptionSummaryQuery, ListQuerySchema):
    """The filters, and how to page through what they find."""


class OptionItemSchema(Schema):
    """`unit_id` is the unit the facility belonged to when the assessment was opened."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    position = fields.Integer(required=True)
    assessment_id = fields.String(required=True)
    facility_id = fields.String(required=True)
    unit_id = fields.String(required=True)
    option_class = fields.String(required=True, validate=OneOf(OPTION_CLASSES))
    title = fields.String(required=True)
    resources = fields.List(fields.String(), required=True)
    status = fields.String(required=True, validate=OneOf(STATUSES_ON))
    proposed_on = fields.Date(required=True)
    due_on = fields.Date(required=True, allow_none=True)
    lapses_on = fields.Date(required=True, allow_none=True)
    implemented_on = fields.Date(required=True, allow_none=True)
    verified_on = fields.Date(required=True, allow_none=True)
    ended_on = fields.Date(required=True, allow_none=True)
    investment_vnd = fields.Integer(required=True, allow_none=True)
    yearly_saving_vnd = fields.Integer(required=True, allow_none=True)
    payback_years = fields.String(required=True, allow_none=True)
    pilot_id = fields.String(required=True, allow_none=True)


class OptionListSchema(Schema):
    items = fields.List(fields.Nested(OptionItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class OptionMoneySchema(Schema):
    """`median_payback_years` is over the `with_payback` options whose payback is known; null when none is."""

    options = fields.Integer(required=True)
    investment_vnd = fields.Integer(required=True)
    yearly_saving_vnd = fields.Integer(required=True)
    median_payback_years = fields.String(required=True, allow_none=True)
    with_payback = fields.Integer(required=True)


class OptionClassMoneySchema(OptionMoneySchema):
    class_ = fields.String(required=True, data_key="class", validate=OneOf(OPTION_CLASSES))


class OptionSummarySchema(OptionMoneySchema):
    by_status = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    by_class = fields.List(fields.Nested(OptionClassMoneySchema), required=True)
