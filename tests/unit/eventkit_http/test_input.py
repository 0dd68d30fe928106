"""Bad input of every kind: a 4xx that explains itself, and nothing written."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import marshmallow as ma
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.eventkit.http import fields
from services.eventkit.http.kinds import VIETNAM
from tests.unit.eventkit_http.conftest import NOTE, Container

JSON = {"Content-Type": "application/json"}


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """The problem document of an answer that must be one, complete and of the right media type."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.mimetype == "application/problem+json"
    body: dict[str, Any] = answer.json
    assert body["status"] == status
    assert body["type"].startswith("/api/v1/docs#problem-")
    assert body["title"] and body["detail"]
    assert body["request_id"] == answer.headers["X-Request-Id"]
    return body


def wrong(body: dict[str, Any]) -> dict[str, str]:
    return {each["field"]: each["detail"] for each in body["errors"]}


def test_every_wrong_field_is_named_at_once(
    client: FlaskClient, registrar: dict[str, str], container: Container
) -> None:
    bad = {
        "occurred_on": "2019-02-30",
        "unit_id": "Kim Sơn",
        "cost_vnd": -5,
        "urgent": "yes",
        "lines": [{"amount": "1.5"}, {"amount": "-2", "count": 1.5}, {"a/b~c": 1}, 7],
        "extra": 1,
    }
    body = problem(client.post("/api/v1/notes", json=bad, headers=registrar), 422)
    assert set(wrong(body)) == {
        "/text",
        "/occurred_on",
        "/unit_id",
        "/cost_vnd",
        "/urgent",
        "/lines/1/amount",
        "/lines/1/count",
        "/lines/2/amount",
        "/lines/2/a~1b~0c",
        "/lines/3",
        "/extra",
    }
    assert {each["in"] for each in body["errors"]} == {"body"}
    assert wrong(body)["/occurred_on"] == "There is no such day."
    assert container.log.head() == 0


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b'{"text": "a", ', "not JSON"),
        (b'{"text": NaN}', "not JSON"),
        (b'{"text": Infinity}', "not JSON"),
        (b'{"text": "a", "text": "b"}', "'text' twice"),
        (b'{"lines": [{"amount": 1, "amount": 2}]}', "'amount' twice"),
        (b'{"text": "\xff\xfe"}', "UTF-8"),
        (b'{"text": "\\ud800"}', "JSON"),
        (b'{"text": "a"} trailing', "not JSON"),
        (b"\xef\xbb\xbf{}", "JSON"),
        (b"[" * 3000, "nested too deeply"),
        (b'{"n": ' + b"[" * 1500 + b"]" * 1500 + b"}", "nested too deeply"),
    ],
)
def test_a_body_that_is_not_json_is_answered_400(
    client: FlaskClient, registrar: dict[str, str], raw: bytes, says: str
) -> None:
    body = problem(client.post("/api/v1/notes", data=raw, headers={**registrar, **JSON}), 400)
    assert says in body["detail"]


@pytest.mark.parametrize("raw", [b"[]", b'"text"', b"7", b"null", b"true"])
def test_json_that_is_no_object_is_answered_422(
    client: FlaskClient, registrar: dict[str, str], raw: bytes
) -> None:
    body = problem(client.post("/api/v1/notes", data=raw, headers={**registrar, **JSON}), 422)
    assert body["errors"]


def test_an_empty_body_names_the_fields_that_are_missing(
    client: FlaskClient, registrar: dict[str, str]
) -> None:
    body = problem(client.post("/api/v1/notes", headers=registrar), 422)
    assert set(wrong(body)) == {"/text", "/occurred_on"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "text/plain"},
        {"Content-Type": ""},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
def test_a_body_of_another_type_is_answered_415(
    client: FlaskClient, registrar: dict[str, str], headers: dict[str, str]
) -> None:
    answer = client.post("/api/v1/notes", data=json.dumps(NOTE), headers={**registrar, **headers})
    problem(answer, 415)


def test_a_body_over_the_limit_is_answered_413(
    client: FlaskClient, registrar: dict[str, str], container: Container
) -> None:
    big = json.dumps({**NOTE, "text": "x" * 5000})
    problem(client.post("/api/v1/notes", data=big, headers={**registrar, **JSON}), 413)
    assert container.log.head() == 0


def test_a_chunked_body_over_the_limit_is_answered_413(
    client: FlaskClient, registrar: dict[str, str]
) -> None:
    answer = client.post(
        "/api/v1/notes",
        input_stream=io.BytesIO(b'{"text": "' + b"x" * 5000 + b'"}'),
        headers={**registrar, **JSON, "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    problem(answer, 413)


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=many", "/limit"), ("limt=5", "/limt"), ("limit=1&limit=2", "/limit"), ("limit=1.5", "/limit")],
)
def test_a_wrong_query_parameter_is_named(
    client: FlaskClient, registrar: dict[str, str], query: str, field: str
) -> None:
    body = problem(client.get(f"/api/v1/notes?{query}", headers=registrar), 422)
    assert [(each["field"], each["in"]) for each in body["errors"]] == [(field, "query")]


def test_a_list_parameter_may_be_given_more_than_once(client: FlaskClient, registrar: dict[str, str]) -> None:
    assert client.get("/api/v1/notes?tag=a&tag=b&limit=3", headers=registrar).json == {
        "limit": 3,
        "tag": ["a", "b"],
    }


def load(field: ma.fields.Field[Any], value: Any) -> Any:
    return ma.Schema.from_dict({"it": field})().load({"it": value})["it"]


@pytest.mark.parametrize(
    "value",
    [
        -1,
        "-0.5",
        "1e5",
        "",
        " 1",
        "1,5",
        "NaN",
        "٣",
        True,
        None,
        [],
        "1" * 19,
        Decimal("1E+30"),
        Decimal("1E-30"),
    ],
)
def test_a_quantity_that_cannot_be_measured_is_refused(value: Any) -> None:
    with pytest.raises(ma.ValidationError):
        load(fields.Quantity(), value)


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (0, "0"),
        ("12.50", "12.50"),
        (Decimal("0.1"), "0.1"),
        (0.1, "0.1"),
        ("9" * 18, "9" * 18),
        (-0.0, "0.0"),
    ],
)
def test_a_quantity_keeps_every_digit(value: Any, amount: str) -> None:
    assert str(load(fields.Quantity(), value)) == amount


@pytest.mark.parametrize("value", [1.5, Decimal("1.5"), "5", True, 2**63, None, "x"])
def test_a_whole_number_in_json_is_nothing_else(value: Any) -> None:
    with pytest.raises(ma.ValidationError):
        load(fields.Integer(), value)


def test_a_whole_number_may_be_written_with_a_zero_fraction() -> None:
    assert load(fields.Integer(), Decimal("5.0")) == 5


@pytest.mark.parametrize("value", ["", "   ", "a\x00b", "a\nb", "x" * 6, 5, None])
def test_text_that_no_one_can_read_is_refused(value: Any) -> None:
    with pytest.raises(ma.ValidationError):
        load(fields.Text(5), value)


def test_text_is_stored_in_one_spelling() -> None:
    assert load(fields.Text(20), "  Gia Vie\u0302\u0303n ") == "Gia Vi\u1ec5n"


@pytest.mark.parametrize(
    "value", ["2019-2-3", "20190203", "2019-W05-1", "2019-02-30", "1989-12-31", 20190203]
)
def test_a_day_that_is_no_day_is_refused(value: Any) -> None:
    with pytest.raises(ma.ValidationError):
        load(fields.OccurredOn(), value)


def test_today_in_viet_nam_is_accepted_and_tomorrow_is_not() -> None:
    today = dt.datetime.now(VIETNAM).date()
    assert load(fields.OccurredOn(), today.isoformat()) == today
    with pytest.raises(ma.ValidationError, match="future"):
        load(fields.OccurredOn(), (today + dt.timedelta(days=2)).isoformat())


@pytest.mark.parametrize(
    "value", ["Nho-Quan", "nho--quan", "-nho", "nho-", "nho quan", "nho-quan\n", "x" * 65]
)
def test_a_slug_is_small_letters_digits_and_dashes(value: str) -> None:
    with pytest.raises(ma.ValidationError):
        load(fields.Slug(), value)


def test_an_id_is_no_word_that_addresses_use() -> None:
    """`/units/export` is a file of the units, so nobody could ever read a unit of that id."""
    assert load(fields.OwnId(), "nho-quan") == "nho-quan"
    assert load(fields.Slug(), "export") == "export"
    with pytest.raises(ma.ValidationError, match="words that addresses use"):
        load(fields.OwnId(), "export")
