"""The tables of the work: S1 to S6, options, tasks, money and the records themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from services.kpi.pages.language import Reader
from services.kpi.reports.table import (
    Column,
    Content,
    Kind,
    Table,
    Value,
    columns,
    count,
    share,
    status,
    text,
)

_SIX = Decimal("0.000001")


def supporting(content: Content, say: Reader) -> Table:
    rows = [
        [
            text(group["code"]),
            text(_named(one, say)),
            _measured(one),
            *(Value(_kind(one), one[name]) for name in ("numerator", "denominator", "expected")),
            status(one, say),
        ]
        for group in content["supporting"]
        for one in group["measures"]
    ]
    headings = [
        Column(say.t("report-code"), 5, True),
        Column(say.t("measure"), 27, True),
        *(Column(say.t(key), 14) for key in ("value", "numerator", "denominator", "planned")),
        Column(say.t("status"), 12, True),
    ]
    names = "; ".join(f"{one['code']}: {say.pick(one['name'])}" for one in content["supporting"])
    return Table("supporting", say.t("report-supporting"), headings, rows, note=f"{names}.", long=True)


#: Of the measures that are no counts.
_UNITS = ("VND", "years", "days", "tCO2")


def _named(one: Content, say: Reader) -> str:
    name = say.pick(one["name"])
    return f"{name} ({say.t('report-unit-' + one['unit'].lower())})" if one["unit"] in _UNITS else name


def _kind(one: Content) -> Kind:
    return "money" if one["unit"] == "VND" else "count"


def _measured(one: Content) -> Value:
    """A median and CO2 have a denominator too (of how many), and no numerator."""
    if one["decimal"] is not None and one["numerator"] is not None and one["denominator"] is not None:
        return share(one["decimal"])
    return Value("decimal" if one["unit"] in _UNITS[1:] else _kind(one), one["decimal"])


_OPTIONS = ("proposed", "pending", "in_use", "verified", "not_implemented")


def options(content: Content, say: Reader) -> Table:
    def row(name: str, one: Content) -> list[Value]:
        money = (Value("money", one["investment_vnd"]), Value("money", one["yearly_saving_vnd"]))
        return [text(name), *(count(one[key]) for key in _OPTIONS), *money]

    found = content["options"]
    rows = [row(say.pick(one["name"]), one) for one in found["options"]]
    headings = columns(
        say,
        ("report-class", 28),
        *((f"report-option-{key.replace('_', '-')}", 10) for key in _OPTIONS),
        ("report-investment", 17),
        ("report-yearly", 17),
    )
    return Table(
        "options",
        say.t("report-options"),
        headings,
        [*rows, row(say.t("report-total"), found["total"])],
        True,
    )


def tasks(content: Content, say: Reader) -> Table:
    found = content["tasks"]["tasks"]
    statuses = {one["status"]: say.pick(one["status_name"]) for one in found}
    groups = {one["group"]: say.pick(one["group_name"]) for one in found}
    number = {(one["group"], one["status"]): one["tasks"] for one in found}
    late = {(one["group"], one["status"]): one["late"] for one in found}

    def row(name: str, chosen: Iterable[int]) -> list[Value]:
        counts = [sum(number[group, status] for group in chosen) for status in statuses]
        behind = sum(late[group, status] for group in chosen for status in statuses)
        return [text(name), count(sum(counts)), *map(count, counts), count(behind)]

    rows = [row(f"{group}. {name}", [group]) for group, name in groups.items()]
    headings = [
        Column(say.t("report-group"), 34, True),
        Column(say.t("report-tasks"), 10),
        *(Column(name, 10) for name in statuses.values()),
        Column(say.t("report-late"), 10),
    ]
    total = row(say.t("report-total"), list(groups))
    return Table("tasks", say.t("report-by-task-group"), headings, [*rows, total], True)


_MONEY = ("planned_vnd", "committed_vnd", "disbursed_vnd")


def funded(key: str, title: str, member: str, head: str) -> Callable[[Content, Reader], Table]:
    def make(content: Content, say: Reader) -> Table:
        named: dict[str, str] = {}
        sums: dict[str, list[int]] = {}
        for one in content["funding"]["funding"]:
            which = str(one[member])
            named[which] = say.pick(one[f"{member}_name"])
            row = sums.setdefault(which, [0, 0, 0])
            sums[which] = [have + one[name] for have, name in zip(row, _MONEY, strict=True)]
        total = [content["funding"]["total"][name] for name in _MONEY]
        lines = [(named[value], amounts) for value, amounts in sums.items()]
        rows = [_money_row(name, amounts) for name, amounts in [*lines, (say.t("report-total"), total)]]
        headings = columns(
            say,
            (head, 28),
            *((f"report-{name.removesuffix('_vnd')}", 19) for name in _MONEY),
            ("report-disbursed-share", 14),
        )
        return Table(key, say.t(title), headings, rows, True, say.t("report-in-dong"))

    return make


def _money_row(name: str, amounts: list[int]) -> list[Value]:
    planned, _, disbursed = amounts
    return [text(name), *(Value("money", amount) for amount in amounts), share(_part(disbursed, planned))]


def _part(part: int, whole: int) -> Decimal | None:
    """To six places, as all shares are."""
    return (Decimal(part) / whole).quantize(_SIX) if whole else None


def quality(content: Content, say: Reader) -> Table:
    def row(name: str, one: Content) -> list[Value]:
        have = one["facilities"]
        return [
            text(name),
            count(have),
            count(one["official"]),
            count(one["complete"]),
            share(_part(one["complete"], have)),
            count(one["fresh"]),
            share(_part(one["fresh"], have)),
            Value("decimal", one["median_delay_days"].decimal),
        ]

    found = content["quality"]
    known = [one for one in found["quality"] if one["facilities"] or one["official"] is not None]
    rows = [row(say.pick(one["name"]), one) for one in known]
    headings = columns(
        say,
        ("report-unit-name", 28),
        ("report-facilities", 11),
        ("report-official-number", 11),
        ("report-complete", 10),
        ("report-complete-share", 10),
        ("report-fresh", 10),
        ("report-fresh-share", 10),
        ("report-delay", 12),
    )
    total = row(say.t("report-total"), found["total"])
    return Table("quality", say.t("report-quality"), headings, [*rows, total], True)
