"""A small service of notes on the kit: one aggregate, one log, every kind of field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from services.eventkit.commands import CommandBus
from services.eventkit.decider import Decider
from services.eventkit.errors import NotFound, Refused
from services.eventkit.events import Catalogue, Event
from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    Schema,
    allow,
    command_context,
    create_app,
    ensure_district,
    expected_version,
    fields,
    json_response,
    principal,
    receipt_response,
    record_response,
    service,
)
from services.eventkit.identity import Role
from services.eventkit.ids import new_id
from services.eventkit.memory_log import MemoryLog
from services.eventkit.settings import Settings
from tests.issuer import Issuer, api_key_entry

MACHINE_KEY, LIMITED_KEY = "machine-key-of-256-random-bits", "another-key-of-256-random-bits"

catalogue = Catalogue("notes")


@catalogue.event("note.written")
class NoteWritten(Event):
    note_id: str
    text: str

    @property
    def subject(self) -> str:
        return f"note:{self.note_id}"


class Write(NamedTuple):
    event: NoteWritten


def decide(command: Write, state: str | None) -> list[Event]:
    if command.event.text == state:
        raise Refused("The note says this already.")
    return [command.event]


notes: Decider[Write, str | None] = Decider(
    "note", None, decide, lambda state, event: event.text if isinstance(event, NoteWritten) else state
)


class Container:
    def __init__(self) -> None:
        self.log = MemoryLog("notes")
        self.bus = CommandBus(self.log, catalogue)


class LineSchema(Schema):
    amount = fields.Quantity(required=True)
    count = fields.Integer()


class NoteSchema(Schema):
    text = fields.Text(50, required=True)
    occurred_on = fields.OccurredOn(required=True)
    unit_id = fields.Slug()
    cost_vnd = fields.Money()
    urgent = fields.Boolean()
    lines = fields.List(fields.Nested(LineSchema))


class ListQuery(Schema):
    limit = fields.Integer(load_default=50)
    tag = fields.List(fields.String())


class NoteAnswer(Schema):
    id = fields.String(required=True)
    text = fields.String(required=True)
    version = fields.Integer(required=True)


def blueprint() -> Blueprint:
    blp = Blueprint("notes", __name__, url_prefix="/notes", description="Notes")

    def write(note_id: str, body: dict[str, Any], status: int) -> Response:
        if "unit_id" in body:
            ensure_district(body["unit_id"])
        event = NoteWritten(note_id=note_id, text=body["text"], occurred_on=body["occurred_on"])
        receipt = service().bus.execute(
            notes, note_id, Write(event), command_context(), expected_version=expected_version()
        )
        return receipt_response(receipt, status, location=f"/api/v1/notes/{receipt.id}")

    @blp.route("", methods=["POST"])
    @allow(Role.REGISTRAR)
    @blp.arguments(NoteSchema)
    @blp.response(201, ReceiptSchema)
    def create(body: dict[str, Any]) -> Response:
        """Write a note"""
        return write(new_id(), body, 201)

    @blp.route("/<note_id>", methods=["PUT"])
    @blp.arguments(NoteSchema)
    @blp.response(200, ReceiptSchema)
    @allow(Role.REGISTRAR)
    def rewrite(body: dict[str, Any], note_id: str) -> Response:
        """Write a note anew"""
        if service().bus.load(notes, note_id).version == 0:
            raise NotFound("There is no such note.")
        return write(note_id, body, 200)

    @blp.route("/<note_id>")
    @allow()
    @blp.response(200, NoteAnswer)
    def read(note_id: str) -> Response:
        """Read a note"""
        loaded = service().bus.load(notes, note_id)
        if loaded.version == 0:
            raise NotFound("There is no such note.")
        return record_response(
            {"id": note_id, "text": loaded.state, "version": loaded.version}, loaded.version
        )

    @blp.route("")
    @allow()
    @blp.arguments(ListQuery, location="query")
    def query(arguments: dict[str, Any]) -> Response:
        return json_response(arguments)

    @blp.route("/whoami")
    @allow()
    def whoami() -> Response:
        who = principal()
        return json_response(
            {
                "id": who.id,
                "roles": sorted(who.roles),
                "districts": None if who.districts is None else sorted(who.districts),
                "kind": who.kind,
            }
        )

    @blp.route("/crash")
    @allow()
    def crash() -> Response:
        raise RuntimeError("password=hunter2 in the message of an error")

    return blp


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


@pytest.fixture
def container() -> Container:
    return Container()


@pytest.fixture
def app(issuer: Issuer, container: Container, tmp_path: Path) -> Flask:
    keys = tmp_path / "api-keys.json"
    keys.write_text(
        json.dumps(
            [
                api_key_entry("kpi", MACHINE_KEY, ["inspector"]),
                api_key_entry("huyen", LIMITED_KEY, ["inspector"], districts=["kim-son"]),
            ]
        )
    )
    return make_app(issuer, container, keys)


def make_app(
    issuer: Issuer, container: Container, keys: Path | None = None, base_path: str = "", **more: Any
) -> Flask:
    settings = Settings(
        service="notes",
        mongodb_uri="mongodb://unused",
        mongodb_database="notes",
        max_body_bytes=4096,
        base_path=base_path,
    )
    return create_app(
        "notes",
        title="Notes",
        settings=settings,
        authenticator=issuer.authenticator(keys),
        container=container,
        log=container.log,
        **{"blueprints": [blueprint()], **more},
    )


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


@pytest.fixture
def registrar(issuer: Issuer) -> dict[str, str]:
    return issuer.bearer("alice", ["registrar"])


NOTE = {"text": "Tiết kiệm điện", "occurred_on": "2019-05-20"}
