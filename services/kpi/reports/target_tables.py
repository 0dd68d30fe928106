"""The tables of the targets: all of them, divided, and beside what is official."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from services.kpi.domain.texts import labels
from services.kpi.pages.language import Reader
from services.kpi.reports.table import (
    Column,
    Content,
    Kind,
    Table,
    Value,
    amount,
    columns,
    count,
    share,
    status,
    text,
)


def summary(content: Content, say: Reader) -> Table:
    rows = []
    for one in content["targets"]:
        before, ahead = one["before"], one["forecast"]
        rows.append(
            [
                text(f"{one['code']}. {say.pick(one['name'])}"),
                amount(one, "numerator"),
                amount(one, "denominator"),
                share(before and before["decimal"]),
                share(one["decimal"]),
                share(one["path"]),
                share(one["target"]),
                share(ahead and ahead["decimal"]),
                status(one, say),
            ]
        )
    headings = columns(
        say,
        ("report-target", 33),
        ("report-numerator", 11),
        ("report-denominator", 12),
        ("report-before", 10),
        ("value", 10),
        ("report-path", 10),
        ("legend-target", 10),
        ("report-forecast", 10),
    )
    headings.append(Column(say.t("status"), 16, True))
    return Table("summary", say.t("report-summary"), headings, rows, note=say.t("report-summary-note"))


def divided(member: str, title: str, head: str) -> Callable[[Content, Reader], Table]:
    def make(content: Content, say: Reader) -> Table:
        by = {one["code"]: list(one[member]) for one in content["targets"]}
        units = bool(by["K3"])
        staffed = {row["unit_id"]: row for row in by["K3"]}
        rows = []
        for k1, k2a, k2b in zip(by["K1"], by["K2a"], by["K2b"], strict=True):
            row = [
                text(say.pick(k1["name"] if "name" in k1 else labels("kinds")[k1["kind"]])),
                count(k1["denominator"]),
                count(k1["numerator"]),
                share(k1["decimal"]),
                count(k2a["numerator"]),
                share(k2a["decimal"]),
                Value("toe", k2b["numerator"]),
                share(k2b["decimal"]),
            ]
            if units:
                found = staffed.get(k1["unit_id"])
                row.append(text(say.t("no-value" if found is None else f"report-{_has(found)}")))
            rows.append(row)
        headings = columns(
            say,
            (head, 30),
            ("report-facilities", 11),
            ("report-k1-count", 10),
            ("report-k1", 10),
            ("report-k2a-count", 10),
            ("report-k2a", 10),
            ("report-k2b-toe", 11),
            ("report-k2b", 10),
        )
        if units:
            headings.append(Column(say.t("report-k3"), 11, True))
        return Table(member, say.t(title), headings, rows)

    return make


def _has(row: Content) -> str:
    return "yes" if row["numerator"] else "no"


_KINDS: dict[str, Kind] = {"goe": "toe", "l": "count", "VND": "money"}


def resources(content: Content, say: Reader) -> Table:
    (saving,) = (one for one in content["targets"] if one["code"] == "K2b")
    rows = []
    for one in saving["groups"] or ():
        kind = _KINDS[one["unit"]]
        rows.append(
            [
                text(say.t(f"group-{one['group']}")),
                text(say.t(f"report-unit-{one['unit'].lower()}")),
                Value(kind, one["numerator"]),
                Value(kind, one["denominator"]),
                share(one["decimal"]),
                share(one["median"].decimal),
            ]
        )
    headings = columns(say, ("resource", 30), ("report-unit", 12), ("saved", 20), ("expected", 20))
    headings[1] = Column(say.t("report-unit"), 12, True)
    headings += [Column(say.t("value"), 14), Column(say.t("report-median"), 14)]
    return Table("resources", say.t("resources"), headings, rows)


def official(content: Content, say: Reader) -> Table:
    rows = []
    for one in content["targets"]:
        held = one["official"]
        if held is None:
            continue
        difference = held["difference"]
        rows.append(
            [
                text(f"{one['code']}. {say.pick(one['name'])}"),
                amount({**held, "unit": one["unit"]}, "numerator"),
                amount({**held, "unit": one["unit"]}, "denominator"),
                share(held["decimal"]),
                amount(one, "numerator"),
                amount(one, "denominator"),
                share(one["decimal"]),
                share(difference["decimal"]),
            ]
        )
    headings = columns(
        say,
        ("report-target", 30),
        ("report-official-n", 12),
        ("report-official-d", 12),
        ("report-official-v", 12),
        ("report-now-n", 12),
        ("report-now-d", 12),
        ("report-now-v", 12),
        ("report-difference", 12),
    )
    return Table("official", say.t("report-official"), headings, rows)


def differences(content: Content, say: Reader) -> Table:
    units = {one["code"]: one["unit"] for one in content["targets"]}
    rows = [
        [
            text(one["code"]),
            text(say.pick(one["from"])),
            text(say.pick(one["to"])),
            count(one["count"]),
            amount({**one, "unit": units[one["code"]]}, "numerator"),
            amount({**one, "unit": units[one["code"]]}, "denominator"),
        ]
        for one in (content["official"] or {}).get("differences", ())
    ]
    headings = [
        Column(say.t("report-code"), 8, True),
        Column(say.t("report-then"), 32, True),
        Column(say.t("report-now"), 32, True),
        *(Column(say.t(key), 10) for key in ("report-count", "report-by-n", "report-by-d")),
    ]
    return Table("differences", say.t("report-differences"), headings, rows, long=True)


def lacking(content: Content, say: Reader) -> Iterator[str]:
    """The units without the officer that K3 asks for."""
    for one in content["targets"]:
        if one["code"] == "K3":
            yield from (say.pick(row["name"]) for row in one["by_district"] if not row["numerator"])
