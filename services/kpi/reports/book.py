"""The report as a workbook: its tables as sheets, with the same numbers, exact to what the API gives."""

from __future__ import annotations

from services.eventkit.export.workbook import Figure, Sheet, workbook
from services.kpi.pages.language import Reader
from services.kpi.reports.document import foot, made_at, title
from services.kpi.reports.letterhead import Letterhead
from services.kpi.reports.table import Content, Table, Value
from services.kpi.reports.tables import tables

#: Characters that the columns of a table have together, and the least of one.
WIDTH, LEAST = 130, 9
_FORMATS = {
    "text": "",
    "count": "#,##0",
    "share": "0.0%",
    "toe": "#,##0.0",
    "money": "#,##0",
    "decimal": "#,##0.0",
}


def book(content: Content, head: Letterhead, say: Reader) -> bytes:
    """Every sheet says where it comes from, as the foot of the pages does."""
    said = foot(content, say)
    sheets = [
        _sheet(number, one, content, said, say) for number, one in enumerate(tables(content, say).values(), 1)
    ]
    return workbook(sheets, title=title(content, say), author=say.pick(head.issuer), at=made_at(content))


def _sheet(number: int, table: Table, content: Content, said: str, say: Reader) -> Sheet:
    lines = [say.t("report-table", number=number, title=table.title), title(content, say), said]
    return Sheet(
        title=f"{number} {table.title}",
        lines=[*lines, table.note] if table.note else lines,
        headings=[column.heading for column in table.columns],
        widths=[max(column.width * WIDTH // 100, LEAST) for column in table.columns],
        rows=[[_figure(value) for value in row] for row in table.rows],
        total=table.total,
    )


def _figure(value: Value) -> Figure:
    return Figure(value.exact(), _FORMATS[value.kind])
