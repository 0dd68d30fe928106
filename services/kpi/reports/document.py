"""The report as a document: HTML that is set as pages, in the layout of Decree 30/2020/NĐ-CP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from services.eventkit.http.fields import VIETNAM
from services.kpi.pages.findings import finding, further
from services.kpi.pages.language import Reader
from services.kpi.reports.letterhead import Letterhead
from services.kpi.reports.table import Content
from services.kpi.reports.tables import tables
from services.kpi.reports.target_tables import lacking

FOLDER = Path(__file__).parent / "templates"
#: What the plan decrees, so what the first part tells.
DECREED = ("K1", "K2", "K3")


def document(content: Content, head: Letterhead, say: Reader) -> str:
    """One HTML document, that needs nothing beside it but the face called Report."""
    made = tables(content, say)
    return (
        _environment()
        .get_template("report.html")
        .render(
            content=content,
            head=head,
            say=say,
            t=say.t,
            title=title(content, say),
            period=say.period(content["report"]["year"], content["report"]["quarter"]),
            opening=_opening(content, head, say),
            foot=foot(content, say),
            made=made_at(content).strftime("%Y-%m-%dT%H:%M:%SZ"),
            style=_style(say),
            tables=made,
            numbers={key: number for number, key in enumerate(made, 1)},
            findings=[_told(one, content, say) for one in content["targets"]],
            official=list(_official(content, say)),
            method=list(_method(content, say)),
        )
    )


def title(content: Content, say: Reader) -> str:
    about = say.t("report-about", plan=say.pick(content["plan"]["name"]))
    return f"{about}. {say.period(content['report']['year'], content['report']['quarter'])}"


def foot(content: Content, say: Reader) -> str:
    """What stands at the foot of every page: where it comes from, so that it can be made again."""
    rules = content["rules"]
    return say.t(
        "report-foot",
        id=content["report"]["id"],
        positions=_positions(content["position"], say),
        rules=f"{rules['id']}@{rules['version']}",
    )


def made_at(content: Content) -> datetime:
    """Of the last record that it rests on: the date that files bear. Without one, the end of its last day."""
    until: datetime | None = content["recorded_until"]
    end = content["report"]["end"]
    return (until or datetime.combine(end, time(23, 59, 59), VIETNAM)).astimezone(UTC)


def _positions(position: Content, say: Reader) -> str:
    return say.t("report-positions", **{log: say.number(at) for log, at in position.items()})


def _opening(content: Content, head: Letterhead, say: Reader) -> str:
    report = content["report"]
    days = {"start": say.day(report["start"]), "end": say.day(report["end"])}
    basis = head.basis.get(content["plan"]["id"])
    if basis is None:
        return say.t("report-opening-plain", issuer=say.pick(head.issuer), **days)
    return say.t("report-opening", basis=say.pick(basis), issuer=say.pick(head.issuer), **days)


def _told(one: Content, content: Content, say: Reader) -> dict[str, Any]:
    names = list(lacking(content, say)) if one["code"] == "K3" else []
    return {
        "code": one["code"],
        "name": say.pick(one["name"]),
        "decreed": one["code"] in DECREED,
        "parts": [part["code"] for part in one["parts"] or ()],
        "finding": finding(dict(one), names, say),
        "status": say.t(f"status-{one['status']}"),
        "further": [*_moved(one, content, say), *further(dict(one), say)],
    }


def _moved(one: Content, content: Content, say: Reader) -> Iterator[str]:
    before = one["before"]
    if before is not None and before["decimal"] is not None and one["decimal"] is not None:
        yield say.t(
            "report-before-sentence",
            day=say.day(content["report"]["before"]),
            value=say.percent(before["decimal"]),
            change=say.points(Decimal(one["decimal"]) - Decimal(before["decimal"])),
        )


def _official(content: Content, say: Reader) -> Iterator[str]:
    held = content["official"]
    if held is None:
        yield say.t("report-no-official", day=say.day(content["report"]["end"]))
        return
    yield say.t(
        "report-official-held",
        label=held["label"],
        by=held["by"],
        moment=say.moment(held["read_at"]),
        rules=held["rules"],
        positions=_positions(held["position"], say),
        sha256=held["sha256"],
    )
    yield from held["lacking"]
    for one in held["corrections"]:
        yield say.t("report-corrected", **{**one, "moment": say.moment(one["read_at"])})
    if not any(one["official"] and one["official"]["restated"] for one in content["targets"]):
        yield say.t("report-official-same")


def _method(content: Content, say: Reader) -> Iterator[str]:
    until = content["recorded_until"]
    yield say.t("report-nothing") if until is None else say.t("report-until", moment=say.moment(until))
    for key in ("plan", "rules"):
        yield say.t(f"report-{key}-said", **content[key])
    yield say.t("report-again")


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    found.filters["lowered"] = _lowered
    return found


def _lowered(text: str) -> Markup:
    """The face has no lowered two of its own."""
    return Markup(str(escape(text)).replace("₂", "<sub>2</sub>"))  # noqa: S704  escaped before


@cache
def _styled() -> str:
    return (FOLDER / "report.css").read_text(encoding="utf-8")


def _style(say: Reader) -> str:
    first, second = say.t("report-page", page="\0", pages="\1").split("\0")
    between, last = second.split("\1")
    parts = (f'"{first}"', "counter(page)", f'"{between}"', "counter(pages)", f'"{last}"')
    return _styled().replace("var(--page)", " ".join(part for part in parts if part != '""'))
