"""All tables of a report, each made once: the document sets them, the workbook has them as sheets."""

from __future__ import annotations

from services.kpi.pages.language import Reader
from services.kpi.reports import method_tables, target_tables, work_tables
from services.kpi.reports.table import Content, Table

_TABLES = (
    target_tables.summary,
    target_tables.resources,
    target_tables.divided("by_district", "by-district", "report-unit-name"),
    target_tables.divided("by_industry", "by-industry", "section"),
    target_tables.divided("by_size", "by-size", "size"),
    target_tables.divided("by_kind", "by-kind", "kind"),
    target_tables.official,
    target_tables.differences,
    work_tables.supporting,
    work_tables.options,
    work_tables.tasks,
    work_tables.funded("funding_source", "report-by-source", "source", "report-source"),
    work_tables.funded("funding_group", "report-by-group", "group", "report-group"),
    work_tables.quality,
    method_tables.rules,
    method_tables.logs,
)


def tables(content: Content, say: Reader) -> dict[str, Table]:
    """By key, in the order of the document; those without a row are left out."""
    made = (make(content, say) for make in _TABLES)
    return {table.key: table for table in made if table.rows}
