"""The edge itself: rights denied by default, safe repeats, versions, ids, feed, health, document."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pymongo.errors
import pytest
import structlog
from flask import Flask, Response
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from services.eventkit.errors import InvalidInput, Unavailable, VersionConflict
from services.eventkit.http import Blueprint, allow, json_response
from services.eventkit.identity import Role
from services.eventkit.telemetry import configure_logging
from tests.issuer import Issuer
from tests.unit.eventkit_http.conftest import MACHINE_KEY, NOTE, Container, make_app
from tests.unit.eventkit_http.test_input import problem

NOTES = "/api/v1/notes"


def written(client: FlaskClient, headers: dict[str, str], **more: Any) -> Any:
    answer = client.post(NOTES, json={**NOTE, **more}, headers=headers)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return answer


class TestRights:
    def test_a_view_that_declares_nothing_is_closed_to_everybody(
        self, app: Flask, issuer: Issuer, client: FlaskClient
    ) -> None:
        app.add_url_rule("/api/v1/forgotten", view_func=lambda: "secret", endpoint="forgotten")
        for headers in ({}, issuer.bearer("root", ["admin"])):
            problem(client.get("/api/v1/forgotten", headers=headers), 403)

    def test_an_app_with_such_a_view_does_not_start(self, issuer: Issuer, container: Container) -> None:
        blp = Blueprint("careless", __name__)
        blp.route("/careless", methods=["POST"])(lambda: "")
        with pytest.raises(RuntimeError, match="POST /api/v1/careless"):
            make_app(issuer, container, blueprints=[blp])

    def test_no_credentials_is_401_and_says_how_to_sign_in(self, client: FlaskClient) -> None:
        answer = client.get(f"{NOTES}/whoami")
        assert "Bearer" in problem(answer, 401)["detail"]
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="sxsh"'

    def test_a_signed_in_caller_without_the_role_is_refused(
        self, client: FlaskClient, issuer: Issuer, container: Container
    ) -> None:
        answer = client.post(NOTES, json=NOTE, headers=issuer.bearer("eve", ["trainer", "inspector"]))
        assert "registrar" in problem(answer, 403)["detail"]
        assert container.log.head() == 0

    def test_an_admin_passes_every_role(self, client: FlaskClient, issuer: Issuer) -> None:
        written(client, issuer.bearer("root", ["admin"]))

    def test_another_district_is_refused_and_one_s_own_is_not(
        self, client: FlaskClient, issuer: Issuer, container: Container
    ) -> None:
        limited = issuer.bearer("alice", ["registrar"], districts=["kim-son"])
        problem(client.post(NOTES, json={**NOTE, "unit_id": "gia-vien"}, headers=limited), 403)
        assert container.log.head() == 0
        written(client, limited, unit_id="kim-son")


class TestWrites:
    def test_a_repeat_of_a_key_gives_the_same_receipt_and_writes_once(
        self, client: FlaskClient, registrar: dict[str, str], container: Container
    ) -> None:
        headers = {**registrar, "Idempotency-Key": "key 1"}
        first, second = written(client, headers), written(client, headers)
        assert first.json == second.json
        assert first.headers["ETag"] == '"1"'
        assert first.headers["Sxsh-Position"] == "notes:1" == first.json["position"]
        assert container.log.head() == 1

    def test_the_order_of_names_in_a_body_makes_no_other_request(
        self, client: FlaskClient, registrar: dict[str, str], container: Container
    ) -> None:
        headers = {**registrar, "Idempotency-Key": "k", "Content-Type": "application/json"}
        for body in (NOTE, dict(reversed(NOTE.items()))):
            assert client.post(NOTES, data=json.dumps(body), headers=headers).status_code == 201
        assert container.log.head() == 1

    def test_a_key_used_for_another_request_is_refused(
        self, client: FlaskClient, registrar: dict[str, str], container: Container
    ) -> None:
        headers = {**registrar, "Idempotency-Key": "k"}
        written(client, headers)
        answer = client.post(NOTES, json={**NOTE, "text": "else"}, headers=headers)
        assert problem(answer, 422)["type"].endswith("idempotency-key-reused")
        assert container.log.head() == 1

    def test_two_callers_may_use_the_same_key(
        self, client: FlaskClient, issuer: Issuer, container: Container
    ) -> None:
        for name in ("alice", "bob"):
            written(client, {**issuer.bearer(name, ["registrar"]), "Idempotency-Key": "k"})
        assert container.log.head() == 2

    @pytest.mark.parametrize("key", ["x" * 129, "khóa", "a\tb"])
    def test_a_key_that_cannot_be_kept_is_refused(
        self, client: FlaskClient, registrar: dict[str, str], container: Container, key: str
    ) -> None:
        header = key.encode().decode("latin-1")
        answer = client.post(NOTES, json=NOTE, headers={**registrar, "Idempotency-Key": header})
        assert "Idempotency-Key" in problem(answer, 400)["detail"]
        assert container.log.head() == 0

    def test_if_match_of_an_old_version_is_refused(
        self, client: FlaskClient, registrar: dict[str, str], container: Container
    ) -> None:
        address = f"{NOTES}/{written(client, registrar).json['id']}"
        again = {**NOTE, "text": "second"}
        ok = client.put(address, json=again, headers={**registrar, "If-Match": '"1"'})
        assert (ok.status_code, ok.headers["ETag"]) == (200, '"2"')
        stale = client.put(address, json=NOTE, headers={**registrar, "If-Match": '"1"'})
        problem(stale, 412)
        assert container.log.head() == 2

    @pytest.mark.parametrize("tag", ['W/"1"', "1", '"1", "2"', '"one"', '"-1"', '"' + "9" * 30 + '"'])
    def test_if_match_must_name_one_version(
        self, client: FlaskClient, registrar: dict[str, str], tag: str
    ) -> None:
        problem(client.put(f"{NOTES}/x", json=NOTE, headers={**registrar, "If-Match": tag}), 400)

    def test_what_has_not_changed_is_not_sent_again(
        self, client: FlaskClient, registrar: dict[str, str]
    ) -> None:
        address = f"{NOTES}/{written(client, registrar).json['id']}"
        answer = client.get(address, headers=registrar)
        assert answer.json["text"] == NOTE["text"]
        again = client.get(address, headers={**registrar, "If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        other = client.get(address, headers={**registrar, "If-None-Match": '"7"'})
        assert other.status_code == 200

    def test_a_rule_of_the_domain_is_answered_409(
        self, client: FlaskClient, registrar: dict[str, str]
    ) -> None:
        address = f"{NOTES}/{written(client, registrar).json['id']}"
        answer = client.put(address, json=NOTE, headers=registrar)
        assert problem(answer, 409)["detail"] == "The note says this already."


class TestIds:
    def test_a_request_id_is_made_or_kept(self, client: FlaskClient) -> None:
        assert client.get("/healthz", headers={"X-Request-Id": "abc-1"}).headers["X-Request-Id"] == "abc-1"
        for bad in ("a b", "x" * 129, '"><script>'):
            answer = client.get("/healthz", headers={"X-Request-Id": bad})
            assert answer.headers["X-Request-Id"] not in ("", bad)

    def test_the_trace_of_the_caller_reaches_the_log(
        self, client: FlaskClient, registrar: dict[str, str], container: Container
    ) -> None:
        trace = "0af7651916cd43dd8448eb211c80319c"
        headers = {
            **registrar,
            "traceparent": f"00-{trace}-b7ad6b7169203331-01",
            "X-Request-Id": "request-1",
        }
        answer = written(client, headers)
        commit = container.log.read()[0].commit
        assert commit.traceparent == answer.headers["traceparent"]
        assert commit.traceparent.split("-")[1] == trace
        assert commit.correlation_id == "request-1"
        assert commit.actor == "alice"

    @pytest.mark.parametrize("given", ["", "00-" + "0" * 32 + "-b7ad6b7169203331-01", "junk", "ff-a-b-c"])
    def test_a_trace_that_is_none_is_replaced(self, client: FlaskClient, given: str) -> None:
        answer = client.get("/healthz", headers={"traceparent": given})
        version, trace, span, flags = answer.headers["traceparent"].split("-")
        assert (version, len(trace), len(span), flags) == ("00", 32, 16, "01")


class TestErrors:
    def test_an_unexpected_error_tells_the_caller_nothing_and_the_log_all(
        self, client: FlaskClient, registrar: dict[str, str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        body = problem(client.get(f"{NOTES}/crash", headers=registrar), 500)
        assert "hunter2" not in json.dumps(body)
        logged = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        told = next(line for line in logged if line["event"] == "unexpected_error")
        assert told["request_id"] == body["request_id"]
        assert "RuntimeError" in told["exception"]

    @pytest.mark.parametrize(
        "error",
        [
            pymongo.errors.ServerSelectionTimeoutError("mongodb://user:hunter2@db"),
            pymongo.errors.AutoReconnect("connection closed"),
            pymongo.errors.NotPrimaryError("not primary"),
            pymongo.errors.ExecutionTimeout("slow"),
            Unavailable("Try again.", retry_after=1.2),
        ],
    )
    def test_a_database_that_is_away_means_try_again(
        self, issuer: Issuer, container: Container, error: Exception
    ) -> None:
        answer = ask_failing(issuer, container, error)
        assert "hunter2" not in problem(answer, 503)["detail"]
        assert answer.headers["Retry-After"] == "2"

    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (InvalidInput.at("/lines/0/amount", "must be greater than 0"), 422),
            (VersionConflict("Changed meanwhile."), 409),
            (pymongo.errors.OperationFailure("no such index"), 500),
        ],
    )
    def test_each_kind_of_error_has_its_status(
        self, issuer: Issuer, container: Container, error: Exception, status: int
    ) -> None:
        body = problem(ask_failing(issuer, container, error), status)
        if status == 422:
            expected = {"field": "/lines/0/amount", "in": "body", "detail": "must be greater than 0"}
            assert body["errors"] == [expected]

    def test_an_address_that_does_not_exist_and_a_method_it_does_not_take(
        self, client: FlaskClient, registrar: dict[str, str]
    ) -> None:
        problem(client.get("/api/v1/nothing"), 404)
        problem(client.get(f"{NOTES}/"), 404)
        answer = client.delete(NOTES, headers=registrar)
        problem(answer, 405)
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
        problem(client.open(NOTES, method="TRACE", headers=registrar), 405)

    def test_secrets_are_masked_in_logs_whoever_logs_them(
        self, app: Flask, capsys: pytest.CaptureFixture[str]
    ) -> None:
        configure_logging("notes")
        structlog.get_logger().warning("seen", api_key="hunter2", Authorization="Bearer hunter2", at=1)
        logging.getLogger("pymongo").warning("plain %s", "words")
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        assert lines[0] | {"api_key": "***", "Authorization": "***", "at": 1} == lines[0]
        assert (lines[1]["event"], lines[1]["service"], lines[1]["level"]) == (
            "plain words",
            "notes",
            "warning",
        )


def ask_failing(issuer: Issuer, container: Container, error: Exception) -> Any:
    blp = Blueprint("failing", __name__)

    @blp.route("/failing")
    @allow(Role.OPERATOR)
    def fail() -> Response:
        raise error

    with make_app(issuer, container, blueprints=[blp]).test_client() as client:
        return client.get("/api/v1/failing", headers=issuer.bearer("op", ["operator"]))


class TestFeed:
    @pytest.fixture(autouse=True)
    def _three(self, client: FlaskClient, registrar: dict[str, str]) -> None:
        for number in range(3):
            written(client, registrar, text=f"note {number}")

    def test_each_line_is_the_canonical_body_and_the_chain_verifies(
        self, client: FlaskClient, container: Container
    ) -> None:
        answer = client.get("/api/v1/events", headers={"X-Api-Key": MACHINE_KEY})
        assert answer.mimetype == "application/jsonl"
        assert answer.headers["Sxsh-Head"] == "3"
        lines = answer.data.split(b"\n")
        assert lines.pop() == b""
        assert lines == [stored.body for stored in container.log.read()]
        for before, line in pairwise(lines):
            assert json.loads(line)["prev"] == hashlib.sha256(before).hexdigest()

    def test_a_reader_goes_on_where_it_stopped(self, client: FlaskClient) -> None:
        headers = {"X-Api-Key": MACHINE_KEY}
        some = client.get("/api/v1/events?after=1&limit=1", headers=headers)
        assert [json.loads(line)["position"] for line in some.data.splitlines()] == [2]
        assert some.headers["Sxsh-Head"] == "3"
        none = client.get("/api/v1/events?after=3", headers=headers)
        assert (none.status_code, none.data, none.headers["Sxsh-Head"]) == (200, b"", "3")

    def test_a_long_answer_is_whole_across_chunks(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.eventkit.http.feed.CHUNK", 2)
        answer = client.get("/api/v1/events?limit=3", headers={"X-Api-Key": MACHINE_KEY})
        assert [json.loads(line)["position"] for line in answer.data.splitlines()] == [1, 2, 3]

    @pytest.mark.parametrize("query", ["limit=0", "limit=10001", "after=-1", "wait=26", "after=x"])
    def test_a_wrong_question_is_refused(self, client: FlaskClient, query: str) -> None:
        problem(client.get(f"/api/v1/events?{query}", headers={"X-Api-Key": MACHINE_KEY}), 422)

    def test_the_feed_is_for_inspectors_only(self, client: FlaskClient, registrar: dict[str, str]) -> None:
        problem(client.get("/api/v1/events", headers=registrar), 403)

    def test_a_waiting_reader_gets_what_arrives(
        self, app: Flask, client: FlaskClient, registrar: dict[str, str]
    ) -> None:
        timer = threading.Timer(0.3, lambda: written(app.test_client(), registrar, text="late"))
        begun = time.monotonic()
        timer.start()
        answer = client.get("/api/v1/events?after=3&wait=10", headers={"X-Api-Key": MACHINE_KEY})
        timer.join()
        assert [json.loads(line)["position"] for line in answer.data.splitlines()] == [4]
        assert 0.3 <= time.monotonic() - begun < 10, "told when it came, not when the time was over"


class TestHealthAndDocument:
    def test_readiness_names_what_fails_and_health_does_not_care(
        self, issuer: Issuer, container: Container
    ) -> None:
        def broken() -> None:
            raise ConnectionError("mongodb://user:hunter2@db refused")

        checks = {"mongodb": broken, "rules": lambda: False, "log": lambda: None}
        with make_app(issuer, container, readiness=checks).test_client() as client:
            assert client.get("/healthz").status_code == 200
            body = problem(client.get("/readyz"), 503)
            assert body["failing"] == ["mongodb", "rules"]
            assert "hunter2" not in json.dumps(body)

    def test_metrics_count_requests_by_route_not_by_address(
        self, client: FlaskClient, registrar: dict[str, str]
    ) -> None:
        client.get(f"{NOTES}/some-id", headers=registrar)
        text = client.get("/metrics").get_data(as_text=True)
        assert 'route="/api/v1/notes/<note_id>",status="404"' in text
        assert "some-id" not in text

    def test_head_and_options_are_answered_sanely(
        self, client: FlaskClient, registrar: dict[str, str]
    ) -> None:
        options = client.options(NOTES)
        assert (options.status_code, options.data) == (204, b"")
        assert "POST" in options.headers["Allow"]
        problem(client.options("/api/v1/nothing"), 404)
        address = f"{NOTES}/{written(client, registrar).json['id']}"
        head = client.head(address, headers=registrar)
        assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", '"1"')
        assert client.head(address).status_code == 401

    def test_answers_carry_the_security_headers(self, client: FlaskClient) -> None:
        for path in ("/healthz", "/api/v1/docs", "/api/v1/nothing"):
            headers = client.get(path).headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["X-Frame-Options"] == "DENY"
            assert headers["Content-Security-Policy"].startswith("default-src 'none'")

    def test_the_document_says_all_that_an_operation_may_answer(self, client: FlaskClient) -> None:
        spec = client.get("/api/v1/openapi.json").json
        assert spec["openapi"] == "3.1.0"
        assert set(spec["components"]["securitySchemes"]) == {"bearer", "apiKey"}
        create = spec["paths"][NOTES]["post"]
        assert set(create["responses"]) >= {
            "201", "400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "503",
        }  # fmt: skip
        assert create["x-roles"] == ["registrar"]
        assert {"$ref": "#/components/parameters/IdempotencyKey"} in create["parameters"]
        assert {"$ref": "#/components/parameters/IfMatch"} in spec["paths"][f"{NOTES}/{{note_id}}"]["put"][
            "parameters"
        ]
        for schema in spec["components"]["schemas"].values():
            Draft202012Validator.check_schema(schema)

    def test_behind_a_proxy_the_document_says_where_the_service_is_found(
        self, issuer: Issuer, container: Container, client: FlaskClient
    ) -> None:
        shown = make_app(issuer, container, base_path="/notes").test_client()
        assert client.get("/api/v1/openapi.json").json["servers"] == [{"url": "/"}]
        assert shown.get("/api/v1/openapi.json").json["servers"] == [{"url": "/notes"}]
        assert "curl -X POST http://localhost/notes/api/v1/notes" in shown.get("/api/v1/docs").text

    def test_a_problem_is_what_the_document_says_it_is(
        self, client: FlaskClient, registrar: dict[str, str]
    ) -> None:
        schemas = client.get("/api/v1/openapi.json").json["components"]["schemas"]
        root = {"$ref": "#/components/schemas/Problem", "components": {"schemas": schemas}}
        answer = client.post(NOTES, json={"lines": [1]}, headers=registrar)
        Draft202012Validator(root).validate(answer.json)

    def test_the_page_works_without_scripts_or_other_hosts(self, client: FlaskClient) -> None:
        answer = client.get("/api/v1/docs")
        page = answer.get_data(as_text=True)
        assert "<script" not in page and "style=" not in page
        assert "http://" not in page.replace("http://localhost", "") and "https://" not in page
        assert "Thao tác" in page and "Operations" in page
        assert "curl -X POST http://localhost/api/v1/notes" in page
        assert 'id="problem-refused"' in page and 'id="schema-Note"' in page
        assert client.get("/api/v1/docs.css").mimetype == "text/css"
        again = client.get("/api/v1/docs", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304


def test_json_answers_keep_decimals_exact(app: Flask) -> None:
    assert json_response({"value": Decimal("0.10")}).data == b'{"value":"0.10"}'
