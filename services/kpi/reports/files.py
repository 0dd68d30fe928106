"""The files that a report is given as."""

from __future__ import annotations

from services.eventkit.export.formats import MEDIA as TABLES
from services.kpi.container import Container
from services.kpi.pages.language import LANGUAGES, Reader
from services.kpi.reports.document import document
from services.kpi.reports.reading import Report

#: Format -> media type. The files are in a language; JSON has both.
MEDIA = {"pdf": "application/pdf", "xlsx": TABLES["xlsx"]}
JSON = "application/json"
FORMATS = ("json", *MEDIA)

__all__ = ["FORMATS", "JSON", "LANGUAGES", "MEDIA", "file", "name_of"]


def file(service: Container, report: Report, format_: str, language: str) -> bytes:
    """Raises `Unavailable` when a PDF can not be set now, or on this machine."""
    if format_ == "json":
        return report.body
    say = Reader(language)
    if format_ == "xlsx":
        from services.kpi.reports.book import book  # few processes ever need it

        return book(report.content, service.letterhead, say)
    return service.typesetter.pdf(document(report.content, service.letterhead, say))


def name_of(report_id: str, format_: str, language: str) -> str:
    """``bao-cao-nb-1051-2016.2018-Q2.vi.pdf``."""
    if format_ == "json":
        return f"{report_id}.json"
    return f"{'bao-cao' if language == LANGUAGES[0] else 'report'}-{report_id}.{language}.{format_}"
