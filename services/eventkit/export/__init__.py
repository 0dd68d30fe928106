"""What a list or a table shows, as a file: CSV, XLSX or JSON Lines, with where it came from written in it."""

from services.eventkit.export.answers import documented, file_response, format_field, source
from services.eventkit.export.lists import with_exports
from services.eventkit.export.table import Column, Table, columns_of

__all__ = [
    "Column",
    "Table",
    "columns_of",
    "documented",
    "file_response",
    "format_field",
    "source",
    "with_exports",
]
