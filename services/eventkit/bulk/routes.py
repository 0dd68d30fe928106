"""The routes of imports, the same in every service that has kinds of rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from flask import Response, request
from mongoengine import Document
from pymongo.collection import Collection
from werkzeug.exceptions import UnsupportedMediaType

from services.eventkit.bulk import schemas, shown
from services.eventkit.bulk.jobs import Job
from services.eventkit.bulk.kinds import ImportKind
from services.eventkit.bulk.rejected import rejected_tables
from services.eventkit.bulk.runner import Imports
from services.eventkit.bulk.templates import ensure_one_sheet, template_response
from services.eventkit.errors import CommandReused, Forbidden, InvalidInput, Refused
from services.eventkit.export import file_response
from services.eventkit.export.formats import MEDIA
from services.eventkit.http import (
    Blueprint,
    allow,
    idempotency_key,
    json_response,
    principal,
    streams_body,
)
from services.eventkit.identity import Role
from services.eventkit.ids import new_id
from services.eventkit.paging import list_page

PATH = "/api/v1/imports"
_BODY = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}
_FILES = {name: MEDIA[name] for name in ("xlsx", "csv")}


def imports_blueprint(imports: Callable[[], Imports], *roles: Role) -> Blueprint:
    """`imports()` gives those of the present app; `roles` are those of any of its kinds."""
    blueprint = Blueprint("imports", __name__, url_prefix=PATH, description="Files of rows, taken in whole")

    @blueprint.route("", methods=["POST"])
    @allow(*roles)
    @streams_body
    @blueprint.arguments(schemas.UploadQuery, location="query")
    @blueprint.doc(requestBody=_BODY)
    @blueprint.response(201, schemas.ImportSchema)
    def upload(query: dict[str, Any]) -> Response:
        """Upload a file, as the body itself. It is checked in the background: nothing is written yet.

        The same `Idempotency-Key` and file give the same import.
        """
        kind = _kind(imports(), query["kind"])
        _ensure_raw()
        id_, caller = new_id(), principal()
        kept, size, digest = imports().keep(id_, cast(Any, request.stream))
        if size == 0:
            imports().drop(id_)
            raise InvalidInput("The body is empty. Send the file as the body of the request.")
        wanted = Job(
            id=id_,
            kind=kind.name,
            format=query["format"],
            by=caller.id,
            caller=caller,
            state="checking",
            bytes=size,
            sha256=digest,
            key=kept,
            command=f"{caller.id}:{idempotency_key() or id_}",
            made_at=datetime.now(UTC),
        )
        job = imports().jobs.add(wanted)
        if job.id != id_:
            imports().drop(id_)
            if (job.sha256, job.kind, job.format) != (digest, kind.name, query["format"]):
                raise CommandReused("This Idempotency-Key was used for another file. Use a fresh key.")
        imports().begin(job.id)
        return _answer(job, 201)

    @blueprint.route("", methods=["GET"])
    @allow(*roles)
    @blueprint.arguments(schemas.ImportQuery, location="query")
    @blueprint.response(200, schemas.ImportListSchema)
    def get_imports(query: dict[str, Any]) -> Response:
        """List imports, the newest first; callers who are limited to districts see their own."""
        own = None if principal().districts is None else principal().id
        page = _page(imports().jobs.collection, query, {"made_at"}, "-made_at", by=own)
        items = [shown.job_shown(shown.job_of(item), imports().kinds) for item in page["items"]]
        return json_response({"items": items, "next": page["next"]})

    @blueprint.route("/<import_id>", methods=["GET"])
    @allow(*roles)
    @blueprint.response(200, schemas.ImportSchema)
    def get_import(import_id: str) -> Response:
        """How far it is, and what became of its rows."""
        job = _own(imports(), import_id)
        imports().resume()
        return _answer(job)

    @blueprint.route("/<import_id>/problems", methods=["GET"])
    @allow(*roles)
    @blueprint.arguments(schemas.ProblemQuery, location="query")
    @blueprint.response(200, schemas.ImportProblemListSchema)
    def get_problems(query: dict[str, Any], import_id: str) -> Response:
        """Every problem of every row: sheet, row, column, value, reason."""
        job = _own(imports(), import_id)
        page = _page(imports().jobs.problems, query, {"row": "entry"}, "row", job=job.id)
        kind = imports().kinds[job.kind]
        items = [shown.problem_shown(shown.problem_of(item), kind) for item in page["items"]]
        return json_response({"items": items, "next": page["next"]})

    @blueprint.route("/<import_id>/run", methods=["POST"])
    @allow(*roles)
    @blueprint.arguments(schemas.RunSchema)
    @blueprint.response(201, schemas.ImportSchema)
    def run(body: dict[str, Any], import_id: str) -> Response:
        """Write the rows of a checked import, in the background and on your behalf.

        A row that was written before, by whatever file, is not written again.
        """
        job = _own(imports(), import_id)
        if job.state == "checked" and body["rows"] == "all" and job.bad:
            raise Refused(f"{job.bad} rows are bad. Mend them, or run the valid ones alone.")
        started = imports().jobs.start(job.id, principal())
        imports().begin(job.id)
        return _answer(started, 201)

    @blueprint.route("/<import_id>/cancellation", methods=["POST"])
    @allow(*roles)
    @blueprint.response(201, schemas.ImportSchema)
    def cancel(import_id: str) -> Response:
        """Call it off. Rows that are written already stay; those being written then still come in, and are
        counted a moment later."""
        return _answer(imports().jobs.cancel(_own(imports(), import_id).id), 201)

    @blueprint.route("/<import_id>/rejected", methods=["GET"])
    @allow(*roles)
    @blueprint.arguments(schemas.FormatQuery, location="query")
    @_files(blueprint, "The rejected rows as they were sent, each with the reasons, to mend and send again")
    def get_rejected(query: dict[str, Any], import_id: str) -> Response:
        """The rows that were not taken, with their reasons: mend them, and upload the file again."""
        job = _own(imports(), import_id)
        ensure_one_sheet(imports().kinds[job.kind], query["format"], shown.language())
        first, *more = rejected_tables(imports(), job, shown.language())
        return file_response(first, query["format"], *more)

    @blueprint.route("/<import_id>/file", methods=["DELETE"])
    @allow(*roles)
    @blueprint.response(200, schemas.ImportSchema)
    def drop(import_id: str) -> Response:
        """Drop the file with its key and its problems, for ever. One that is not finished is called off."""
        job = _own(imports(), import_id)
        if job.state not in ("done", "failed", "cancelled"):
            imports().jobs.cancel(job.id)
        imports().drop(job.id)
        return _answer(imports().jobs.get(job.id))

    @blueprint.route("/templates/<import_kind>", methods=["GET"])
    @allow(*roles)
    @blueprint.arguments(schemas.FormatQuery, location="query")
    @_files(blueprint, "An empty file with the columns of the kind")
    def get_template(query: dict[str, Any], import_kind: str) -> Response:
        """A file to fill in; as XLSX with a sheet that explains each column."""
        return template_response(_kind(imports(), import_kind), query["format"], shown.language())

    def _answer(job: Job, status: int = 200) -> Response:
        headers = {"Location": f"{PATH}/{job.id}"} if status == 201 else None
        return json_response(shown.job_shown(job, imports().kinds), status, headers)

    return blueprint


def _files(blueprint: Blueprint, description: str) -> Callable[[Any], Any]:
    headers = {"Content-Disposition": {"description": "A file name", "schema": {"type": "string"}}}

    def document(view: Any) -> Any:
        for media in _FILES.values():
            body = {"type": "string", "description": description}
            view = blueprint.response(200, body, content_type=media, headers=headers)(view)
        return view

    return document


def _kind(imports: Imports, name: str) -> ImportKind:
    kind = imports.kinds.get(name)
    if kind is None:
        known = ", ".join(sorted(imports.kinds))
        raise InvalidInput.at("/kind", f"must be one of {known}")
    if not principal().has_any(kind.roles):
        raise Forbidden(
            f"{name} need one of the roles: {', '.join(sorted(role.value for role in kind.roles))}."
        )
    return kind


def _own(imports: Imports, id_: str) -> Job:
    """Raises `NotFound`, or `Forbidden` for what the caller may not see."""
    job = imports.jobs.get(id_)
    _kind(imports, job.kind)
    if principal().districts is not None and job.by != principal().id:
        raise Forbidden("Your rights are limited to districts, so to the imports that are your own.")
    return job


def _ensure_raw() -> None:
    if request.mimetype in ("application/json", "multipart/form-data", "application/x-www-form-urlencoded"):
        raise UnsupportedMediaType("Send the file itself as the body, as application/octet-stream.")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body uncompressed.")


def _page(
    collection: Collection[dict[str, Any]],
    query: dict[str, Any],
    sortable: Any,
    usual: str,
    **filters: Any,
) -> dict[str, Any]:
    """A page of a collection that is no query model of events: it has no document class."""
    document = cast(type[Document], SimpleNamespace(_get_collection=lambda: collection))
    page = {name: query.pop(name) for name in ("q", "cursor", "limit")}
    sort = query.pop("sort") or usual
    return list_page(document, filters={**query, **filters}, sort=sort, sortable=sortable, **page)
