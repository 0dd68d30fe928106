"""A table as the answer to a request, the same for every route that gives one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import IO, Any, TypeVar
from zoneinfo import ZoneInfo

from flask import Response, current_app, request, stream_with_context
from marshmallow import validate

from services.eventkit.export.formats import MEDIA, PIECE, csv_pieces, jsonl_pieces
from services.eventkit.export.table import Table
from services.eventkit.http import Blueprint, fields

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
#: Parameters that say how to send it, not what is in it.
_HOW = frozenset({"format", "cursor", "limit"})

F = TypeVar("F", bound=Callable[..., Any])


def format_field() -> fields.String:
    """The query parameter `format`."""
    return fields.String(
        load_default="csv",
        validate=validate.OneOf(list(MEDIA)),
        metadata={
            "description": "csv (UTF-8 with a byte order mark), xlsx, or jsonl (one JSON object a line)"
        },
    )


def documented(blueprint: Blueprint) -> Callable[[F], F]:
    """What an export answers, for the OpenAPI document."""
    headers = {"Content-Disposition": {"description": "A file name", "schema": {"type": "string"}}}

    def document(view: F) -> F:
        for media in MEDIA.values():
            body = {"type": "string", "description": "The file, with its source in it"}
            view = blueprint.response(200, body, content_type=media, headers=headers)(view)
        return view

    return document


def filters_of() -> str:
    """What the request asked for, as people read it: ``status=operating&q=gạch``."""
    return "&".join(f"{name}={value}" for name, value in request.args.items(multi=True) if name not in _HOW)


def source(**more: str) -> dict[str, str]:
    """Where what this request answers comes from, in the words every file has."""
    return {
        "service": current_app.name.removeprefix("sxsh."),
        "route": request.path.removesuffix("/export"),
        "filters": filters_of(),
        **more,
        "made_at": datetime.now(ZONE).isoformat(timespec="seconds"),
    }


def file_response(table: Table, format_: str, *more: Table) -> Response:
    """The table as a file to download. Its rows are taken while it is sent, but for XLSX: there before.

    Only XLSX has room for `more` tables.
    """
    name = f"{table.name}-{datetime.now(ZONE).date().isoformat()}.{format_}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    body: Iterator[bytes]
    if format_ == "xlsx":
        from services.eventkit.export.xlsx import xlsx_file  # few processes ever need it

        file = xlsx_file(table, *more)
        answer = Response(_read(file), headers=headers, mimetype=MEDIA[format_])
        answer.call_on_close(file.close)
        return answer
    body = csv_pieces(table) if format_ == "csv" else jsonl_pieces(table)
    return Response(stream_with_context(body), headers=headers, mimetype=MEDIA[format_])


def _read(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece
