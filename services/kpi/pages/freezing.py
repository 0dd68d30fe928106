"""What the department stands by for the end of a period: looked at first, then frozen, or corrected."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any, get_args

import msgspec
from flask import Blueprint, Response, redirect, render_template, request
from marshmallow import ValidationError
from werkzeug.wrappers import Response as AnyResponse

from services.eventkit.errors import SxshError
from services.eventkit.http import allow, command_context, principal
from services.eventkit.identity import Role
from services.eventkit.ids import new_id
from services.kpi.api import freezing
from services.kpi.api.official import ensure_for_all, execute
from services.kpi.api.queries import Day, container
from services.kpi.domain.figure import measure_names
from services.kpi.domain.official import (
    Command,
    Correct,
    Freeze,
    Lack,
    Lacking,
    MeasureValue,
    OfficialReading,
    Period,
    TargetValue,
    ensure_holds,
    ensure_not_frozen,
    period_id,
)
from services.kpi.domain.plans import DEFAULT
from services.kpi.domain.rules import RuleSet
from services.kpi.pages.forms import Form, Moved, may
from services.kpi.pages.frame import reader
from services.kpi.pages.language import Reader

NAV: tuple[tuple[str, str], ...] = ()
LABEL, REASON = 200, 1000
LACKS: tuple[Lack, ...] = get_args(Lack)


def register(pages: Blueprint) -> None:
    @pages.get("/official")
    @allow()
    def show_official() -> str:
        say = reader()
        periods = sorted(
            container().official.book.all(), key=lambda each: (each.on, each.plan_id), reverse=True
        )
        rows = [_row(period, say) for period in periods]
        offered = may(principal(), Role.OPERATOR) and principal().districts is None
        return render_template(
            "pages/official.html", rows=rows, offered=offered, done=request.args.get("done")
        )

    @pages.get("/official/freeze")
    @allow(Role.OPERATOR)
    def show_freeze() -> Response:
        ensure_for_all()
        form = Form.fresh(reader(), **{name: request.args.get(name, "") for name in ("plan", "on", "label")})
        return _page(form, asked="on" in request.args)

    @pages.post("/official/freeze")
    @allow(Role.OPERATOR)
    def freeze() -> AnyResponse:
        ensure_for_all()
        form = Form.sent(reader())
        form.text("label", LABEL, "form-say-label")
        on, plan_id = _day(form), form.values.get("plan") or DEFAULT
        if form.values.get("corrects"):
            form.text("reason", REASON)
        if on is not None and form.good and form.done(lambda: _freeze(form, plan_id, on)):
            return redirect(f"/official?done={period_id(plan_id, on)}", 303)
        return _page(form, asked=True)


def _freeze(form: Form, plan_id: str, on: date) -> Any:
    """Raises `Moved` unless what is read now is what was looked at."""
    said = form.values
    accepted = [lack for lack in LACKS if said.get(f"despite-{lack}")]

    def decided(_: Period | None) -> Command:
        reading, lacking = freezing.read(container(), plan_id, on, None, accepted)
        if _seen(reading) != said.get("seen"):
            raise Moved("Something was recorded meanwhile.")
        of = {"official_id": new_id(), "label": said["label"], "by": principal().id}
        if corrects := said.get("corrects"):
            return Correct(**of, corrects=corrects, reason=said["reason"], reading=reading, lacking=lacking)
        return Freeze(**of, reading=reading, lacking=lacking)

    def guard(period: Period | None) -> None:
        if corrects := said.get("corrects"):
            ensure_holds(period, corrects)
        else:
            ensure_not_frozen(period)

    return execute(period_id(plan_id, on), guard, decided, command_context(key=form.key))


def _page(form: Form, *, asked: bool) -> Response:
    say, plan_id = reader(), form.values.get("plan") or DEFAULT
    on = _day(form) if asked else None
    reading, lacking = _read(form, plan_id, on) if on is not None else (None, ())
    period = None if on is None else container().official.book.find(plan_id, on)
    plans = container().live.view().shared.plans()
    page = render_template(
        "pages/freeze.html",
        form=form,
        plans=[(plan.id, say.pick(plan.name), plan.id == plan_id) for plan in plans.values()],
        plan_id=plan_id,
        on=on and on.isoformat(),
        on_day=on and say.day(on),
        reading=reading,
        seen=reading and _seen(reading),
        held=period.official if period else None,
        held_at=period and say.moment(period.official.reading.read_at),
        targets=_targets(reading, period, say) if reading else [],
        measures=_measures(reading, say) if reading else [],
        lacking=[(one.what, one.detail) for one in lacking],
    )
    return Response(page, form.status, mimetype="text/html")


def _read(form: Form, plan_id: str, on: date) -> tuple[OfficialReading | None, tuple[Lacking, ...]]:
    """What would be frozen, and what it lacks; None when it can not be read, which the form then says."""
    try:
        return freezing.read(container(), plan_id, on, None, LACKS)
    except SxshError as error:
        if form.good:
            form.refuse(error)
        return None, ()


def _day(form: Form) -> date | None:
    try:
        found: date = Day().deserialize(form.values.get("on", ""))
    except ValidationError:
        form.mend("on", "form-day")
        return None
    form.values["occurred_on"] = form.values["on"]
    form.day("occurred_on")
    if "occurred_on" in form.wrong:
        form.wrong = {
            **{n: why for n, why in form.wrong.items() if n != "occurred_on"},
            "on": form.wrong["occurred_on"],
        }
        return None
    return found


def _seen(reading: OfficialReading) -> str:
    """Of the values alone: the same values read again, at whatever position, are what was seen."""
    return hashlib.sha256(msgspec.json.encode(reading.values, order="sorted")).hexdigest()


def _targets(reading: OfficialReading, period: Period | None, say: Reader) -> list[dict[str, Any]]:
    before = {one.code: one for one in period.official.reading.targets} if period else {}
    texts = RuleSet.load().texts
    return [
        {
            "code": one.code,
            "name": say.pick(texts[one.code].name) if one.code in texts else "",
            "value": _value(one, say),
            "of": _of(one, say),
            "target": "–" if one.target is None else say.target(one.target),
            "held": _value(before[one.code], say) if one.code in before else "",
            "moved": one.code in before and before[one.code].value != one.value,
        }
        for one in reading.targets
    ]


def _measures(reading: OfficialReading, say: Reader) -> list[dict[str, str]]:
    names = measure_names()
    return [
        {
            "code": one.code,
            "name": say.pick(names[one.measure]) if one.measure in names else one.measure,
            "value": _value(one, say),
            "expected": "–" if one.expected is None else say.number(one.expected),
        }
        for one in reading.supporting
    ]


def _value(one: TargetValue | MeasureValue, say: Reader) -> str:
    if one.value is None:
        return say.pick(one.reason) if one.reason else "–"
    if isinstance(one, TargetValue) or one.denominator is not None:
        return say.percent(one.decimal)
    if one.unit == "VND":
        return say.money(int(one.value))
    return say.number(one.decimal, 0 if "." not in (one.decimal or "") else 1)


def _of(one: TargetValue, say: Reader) -> str:
    if one.numerator is None or one.denominator is None or one.code == "K2b":
        return ""
    return f"{say.number(one.numerator)} / {say.number(one.denominator)}"


def _row(period: Period, say: Reader) -> dict[str, Any]:
    held = period.official
    values = {one.code: say.percent(one.decimal) for one in held.reading.targets}
    return {
        "id": period_id(period.plan_id, period.on),
        "plan": period.plan_id,
        "iso": period.on.isoformat(),
        "on": say.day(period.on),
        "label": held.label,
        "by": held.by,
        "at": say.moment(held.reading.read_at),
        "corrections": len(period.entries) - 1,
        "reason": held.reason,
        "values": [(code, values[code]) for code in ("K1", "K2a", "K2b", "K3") if code in values],
        "sha256": held.sha256,
    }
