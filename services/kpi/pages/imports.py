"""Files of rows: sent in, looked through with nothing written, then brought in once somebody confirms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from services.eventkit.errors import NotFound, Refused
from services.eventkit.http import allow, principal, streams_body
from services.eventkit.identity import Role
from services.kpi.api.queries import container
from services.kpi.neighbours import File
from services.kpi.pages.beside import ask
from services.kpi.pages.forms import Form, as_caller, may, parts
from services.kpi.pages.frame import reader
from services.kpi.pages.language import Reader

NAV: tuple[tuple[str, str], ...] = ()
FORMATS = ("xlsx", "csv")
#: Seconds until a page of something that is going on is loaded again.
AGAIN = 3


class Kind(NamedTuple):
    """Of rows: the service that takes them, and the role it asks for."""

    service: str
    role: Role
    formats: tuple[str, ...] = FORMATS


KINDS = {
    "facilities": Kind("registry", Role.REGISTRAR),
    "assessments": Kind("audits", Role.ASSESSOR, ("xlsx",)),
    "answers": Kind("training", Role.TRAINER),
    "attendance": Kind("training", Role.TRAINER),
}
ROLES = tuple({kind.role: None for kind in KINDS.values()})


def register(pages: Blueprint) -> None:
    @pages.get("/imports")
    @allow(*ROLES)
    def show_imports() -> Response:
        return _list(Form.fresh(reader(), kind=request.args.get("kind", "")))

    @pages.post("/imports")
    @allow(*ROLES)
    @streams_body
    def upload() -> AnyResponse:
        say = reader()
        form = Form.sent(say)
        kind, file = form.choice("kind", _own()), request.files.get("file")
        name = (file.filename or "") if file else ""
        ending = name.rpartition(".")[2].lower()
        if file is None or not name:
            form.mend("file", "form-file-none")
        elif ending not in FORMATS or (kind in KINDS and ending not in KINDS[kind].formats):
            allowed = KINDS[kind].formats if kind in KINDS else FORMATS
            form.mend("file", "form-file-kind", formats=", ".join(each.upper() for each in allowed))
        if file is not None and form.good:
            size = file.stream.seek(0, 2)
            file.stream.seek(0)
            if size == 0:
                form.mend("file", "form-file-empty")
            else:
                service, to = KINDS[kind].service, container().neighbours
                query = {"kind": kind, "format": ending}
                sent = form.done(
                    lambda: to.upload(
                        service, "/imports", as_caller(say), file.stream, size, form.key, **query
                    ).body["id"]
                )
                if sent is not None:
                    return redirect(f"/imports/{service}/{sent}", 303)
        return _list(form)

    @pages.get("/imports/templates/<kind>.<format_>")
    @allow(*ROLES)
    def show_template(kind: str, format_: str) -> Response:
        if kind not in KINDS or format_ not in KINDS[kind].formats:
            raise NotFound("There is no such template.")
        path = f"/imports/templates/{kind}"
        return _handed_on(
            container().neighbours.download(KINDS[kind].service, path, as_caller(reader()), format=format_)
        )

    @pages.get("/imports/<service>/<import_id>")
    @allow(*ROLES)
    def show_import(service: str, import_id: str) -> Response:
        return _page(Form.fresh(reader()), service, import_id)

    @pages.get("/imports/<service>/<import_id>/rejected.<format_>")
    @allow(*ROLES)
    def show_rejected(service: str, import_id: str, format_: str) -> Response:
        path = _path(service, import_id)
        return _handed_on(
            container().neighbours.download(service, f"{path}/rejected", as_caller(reader()), format=format_)
        )

    @pages.post("/imports/<service>/<import_id>/<act>")
    @allow(*ROLES)
    def act_on(service: str, import_id: str, act: str) -> AnyResponse:
        """Run it, all rows or the right ones; or call it off. Sent twice, it is done once."""
        if act not in ("run", "cancellation"):
            raise NotFound("There is nothing at this address.")
        say, path = reader(), _path(service, import_id)
        form = Form.sent(say)
        body = {"rows": form.choice("rows", ("all", "valid"))} if act == "run" else {}
        to, wanted = container().neighbours, ("running", "done") if act == "run" else ("cancelled",)

        def sent() -> Any:
            try:
                return to.send(service, f"{path}/{act}", as_caller(say), body, key=form.key)
            except Refused:
                if to.get(service, path, as_caller(say)).body["state"] in wanted:
                    return True
                raise

        if form.good and form.done(sent):
            return redirect(f"/imports/{service}/{import_id}", 303)
        return _page(form, service, import_id)


def _own() -> list[str]:
    return [name for name, kind in KINDS.items() if may(principal(), kind.role)]


def _path(service: str, import_id: str) -> str:
    parts(import_id)
    if all(kind.service != service for kind in KINDS.values()):
        raise NotFound("There is no such service.")
    return f"/imports/{import_id}"


def _handed_on(file: File) -> Response:
    kept = {
        name: file.headers[name] for name in ("content-type", "content-disposition") if name in file.headers
    }
    return Response(file.pieces, headers={**kept, "Cache-Control": "no-store"})


def _list(form: Form) -> Response:
    say, own = reader(), _own()
    told = {service: ask(say, service, "/imports", limit="20") for service in _services(own)}
    items = [{**item, "service": service} for service, each in told.items() for item in each.items]
    items.sort(key=lambda item: str(item["made_at"]), reverse=True)
    page = render_template(
        "pages/imports.html",
        form=form,
        kinds=[(name, say.t(f"rows-{name}"), KINDS[name].formats) for name in own],
        silent=" ".join(each.trouble for each in told.values() if each.trouble),
        imports=[{**item, "at": _moment(item["made_at"], say)} for item in items],
    )
    return Response(page, form.status, mimetype="text/html")


def _services(own: list[str]) -> Iterator[str]:
    yield from {KINDS[name].service: None for name in own}


def _page(form: Form, service: str, import_id: str) -> Response:
    say, path = reader(), _path(service, import_id)
    to = container().neighbours
    job = to.get(service, path, as_caller(say)).body
    wrong: dict[str, Any] = {"items": [], "next": None}
    if job["bad"] or job["refused"]:
        cursor = {"cursor": request.args["cursor"]} if request.args.get("cursor") else {}
        wrong = to.get(service, f"{path}/problems", as_caller(say), limit="100", **cursor).body
    busy = job["state"] in ("checking", "running")
    page = render_template(
        "pages/import.html",
        form=form,
        job=job,
        service=service,
        at=_moment(job["made_at"], say),
        problems=wrong["items"],
        next=wrong["next"],
        formats=KINDS[job["kind"]].formats if job["kind"] in KINDS else ("xlsx",),
        busy=busy,
        refresh=AGAIN,
    )
    answer = Response(page, form.status, mimetype="text/html")
    if busy and form.good:
        answer.headers["Refresh"] = str(AGAIN)
    return answer


def _moment(text: str, say: Reader) -> str:
    return say.moment(datetime.fromisoformat(text))
