"""The tables of how it was worked out: the rules, and the commits that everything rests on."""

from __future__ import annotations

from services.kpi.pages.language import Reader
from services.kpi.reports.table import Column, Content, Table, count, text


def logs(content: Content, say: Reader) -> Table:
    rows = [
        [text(source), count(at), text(content["heads"].get(source, ""))]
        for source, at in content["position"].items()
    ]
    headings = [
        Column(say.t("log"), 14, True),
        Column(say.t("report-position"), 12),
        Column(say.t("report-hash"), 74, True),
    ]
    return Table("logs", say.t("report-logs"), headings, rows)


def rules(content: Content, say: Reader) -> Table:
    rows = [
        [text(one["code"]), text(say.pick(one["name"])), text(say.pick(one["rule"]))]
        for one in content["targets"]
    ]
    headings = [
        Column(say.t("report-code"), 8, True),
        Column(say.t("report-target"), 25, True),
        Column(say.t("rule"), 67, True),
    ]
    return Table("rules", say.t("report-rules"), headings, rows, long=True)
