"""What the department would lose: a figure it once reported, and how far today's is from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from pymongo import MongoClient

from services.eventkit.settings import Settings
from services.kpi.app import build_officials, create_app
from services.kpi.container import Container
from services.kpi.neighbours import Neighbours
from services.kpi.past.register import Register
from services.kpi.views.lag import Logs
from services.kpi.views.live import LiveCube
from services.kpi.views.moments import Moments
from services.kpi.views.past import Past
from services.kpi.views.store import ProjectionStore
from services.kpi.views.traced import Trace
from tests.integration.kpi.conftest import Stored
from tests.issuer import Issuer
from tests.registry_feed import RegistryFeed
from tests.unit.kpi.lives import Life

PLAN, ON = "nb-1051-2016", "2018-12-31"
PERIOD = f"{PLAN}.{ON}"


@pytest.fixture
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryFeed]:
    with RegistryFeed(tmp_path_factory.mktemp("registry")).serving() as feed:
        yield feed


@pytest.fixture
def settings(store: ProjectionStore, issuer: Issuer, mongo_uri: str) -> Settings:
    return Settings(
        service="kpi",
        mongodb_uri=mongo_uri,
        mongodb_database=store.database.name,
        oidc_issuer=issuer.issuer,
        oidc_audience=issuer.audience,
        oidc_jwks_url=issuer.jwks_url,
    )


@pytest.fixture
def official(
    store: ProjectionStore, live: LiveCube, settings: Settings, issuer: Issuer, registry: RegistryFeed
) -> Iterator[FlaskClient]:
    """An operator of a service whose one log is a real feed."""
    feeds = {"registry": registry.client()}
    past = Past(store, live, Moments(feeds, store.database), Register(store.database))
    container = Container(
        store, live, Logs(feeds), past, Trace(feeds), build_officials(settings), Neighbours({})
    )
    with create_app(settings, container).test_client() as found:
        found.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {issuer.token('oanh', ['operator', 'inspector'])}"
        yield found


@pytest.fixture
def province(stored: Stored, registry: RegistryFeed) -> Stored:
    """Two facilities, one of them aware; all three commits of the registry are applied."""
    for id_ in ("a", "b", "c"):
        registry.facility(id_, "nho-quan")
    stored.tell(
        Life("facility:a").registered().answered("2017-01-01", ["saves"]), Life("facility:b").registered()
    ).flush(registry=3)
    return stored


def late(client: FlaskClient, province: Stored, registry: RegistryFeed) -> None:
    """A third facility is told of, and read."""
    registry.facility("late", "nho-quan")
    province.tell(Life("facility:c").registered().answered("2018-05-01", ["saves"])).flush(registry=4)
    get(client, "/targets?after=registry:4")


def post(client: FlaskClient, status: int = 201, path: str = "", key: str | None = None, **body: Any) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = client.post(f"/api/v1/official-values{path}", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json


def get(client: FlaskClient, path: str, status: int = 200) -> Any:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == status, answer.text
    return answer.json


def k1(client: FlaskClient) -> dict[str, Any]:
    (found,) = [t for t in get(client, f"/targets?on={ON}")["targets"] if t["code"] == "K1"]
    return dict(found)


def test_what_was_frozen_stays_and_the_live_value_shows_beside_it(
    official: FlaskClient, province: Stored, registry: RegistryFeed
) -> None:
    assert k1(official)["official"] is None
    receipt = post(official, on=ON, label="Báo cáo 2018")
    assert (receipt["id"], receipt["position"]) == (PERIOD, "kpi:1")
    same = k1(official)["official"]
    assert (same["value"], same["restated"], same["difference"]["value"]) == ("1/2", False, "0")
    late(official, province, registry)
    found = get(official, f"/targets/K1?on={ON}")["target"]
    beside = found["official"]
    assert (found["value"], beside["value"], beside["restated"]) == ("2/3", "1/2", True)
    assert beside["difference"] == {"value": "1/6", "decimal": "0.166667", "numerator": 1, "denominator": 1}
    assert (beside["by"], beside["label"], beside["rules"]) == ("oanh", "Báo cáo 2018", "sxsh-2016@2")
    measure = get(official, f"/targets/S4?on={ON}")["measures"][0]["official"]
    assert measure["official_id"] == beside["official_id"]
    for elsewhere in ("/targets?on=2018-12-30", f"/targets?on={ON}&unit_id=nho-quan"):
        assert all(target["official"] is None for target in get(official, elsewhere)["targets"])


def test_it_says_from_which_commits_and_by_which_rules(
    official: FlaskClient, province: Stored, registry: RegistryFeed
) -> None:
    post(official, on=ON, label="Báo cáo 2018")
    held = get(official, f"/official-values/{PERIOD}")["official"]
    reading = held["reading"]
    assert reading["position"] == {"registry": 3, "audits": 0, "training": 0}
    assert reading["heads"] == {"registry": registry.log.read(2)[0].hash}
    assert (reading["rules"]["id"], reading["rules"]["version"], held["lacking"]) == ("sxsh-2016", "2", [])
    assert len(reading["rules"]["sha256"]) == len(reading["plan"]["sha256"]) == 64
    line = official.get("/api/v1/events").data
    (event,) = json.loads(line)["events"]
    canonical = json.dumps(
        event["data"]["reading"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert event["type"] == "official.frozen"
    assert hashlib.sha256(canonical.encode()).hexdigest() == held["sha256"]
    codes = [one["code"] for one in reading["targets"]]
    assert codes == ["K1", "K2", "K2a", "K2b", "K2c", "K2d", "K3"]
    assert {one["code"] for one in reading["supporting"]} == {f"S{n}" for n in range(1, 7)}


def test_a_period_is_frozen_once_and_a_repeat_of_the_request_is_the_same(
    official: FlaskClient, province: Stored, registry: RegistryFeed
) -> None:
    first = post(official, on=ON, label="Báo cáo 2018", key="k1")
    late(official, province, registry)
    assert post(official, on=ON, label="Báo cáo 2018", key="k1") == first
    assert "official since" in post(official, 409, on=ON, label="Lần nữa")["detail"]
    post(official, on="2017-12-31", label="Báo cáo 2017")


def test_a_correction_says_why_and_keeps_what_it_corrects(
    official: FlaskClient, province: Stored, registry: RegistryFeed
) -> None:
    post(official, on=ON, label="Báo cáo 2018")
    held = get(official, f"/official-values/{PERIOD}")["official"]
    body = {"corrects": held["official_id"], "reason": "Nộp muộn", "label": "Đính chính"}
    assert "nothing to correct" in post(official, 409, f"/{PERIOD}/corrections", **body)["detail"]
    late(official, province, registry)
    post(official, 201, f"/{PERIOD}/corrections", **body)
    post(official, 409, f"/{PERIOD}/corrections", **body)
    found = get(official, f"/official-values/{PERIOD}")
    assert (found["official"]["reason"], found["official"]["corrects"]) == ("Nộp muộn", held["official_id"])
    assert found["earlier"] == [held]
    beside = k1(official)["official"]
    assert (beside["value"], beside["corrections"], beside["restated"]) == ("2/3", 1, False)
    post(official, 404, "/nobody.2018-12-31/corrections", **body)


def test_a_reading_that_lacks_what_was_recorded_is_not_official_unless_told(
    official: FlaskClient, province: Stored, registry: RegistryFeed
) -> None:
    registry.facility("d", "nho-quan")
    refused = post(official, 409, on=ON, label="Báo cáo 2018")
    assert "registry:4 (applied: 3)" in refused["detail"] and '"lag"' in refused["detail"]
    province.database.parked.insert_one(
        {
            "_id": "g1|facility:b",
            "generation": "g1",
            "partition": 0,
            "subject": "facility:b",
            "error": "unit_id",
            "since": datetime(2024, 5, 1, tzinfo=UTC),
            "events": [{"sequence": 1}],
        }
    )
    assert "facility:b" in post(official, 409, on=ON, label="Báo cáo", despite=["lag"])["detail"]
    post(official, on=ON, label="Báo cáo", despite=["lag", "parked"])
    lacking = get(official, f"/official-values/{PERIOD}")["official"]["lacking"]
    assert [one["what"] for one in lacking] == ["lag", "parked"]


def test_half_a_flush_is_not_read(official: FlaskClient, province: Stored) -> None:
    province.partition(1, begun=1)
    answer = post(official, 503, on=ON, label="Báo cáo 2018")
    assert "written to" in answer["detail"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"on": "2999-12-31"}, 422, "/on"),
        ({"on": "2010-12-31"}, 422, "begins on"),
        ({"plan": "no-plan"}, 404, "no plan"),
        ({"label": " "}, 422, "/label"),
        ({"despite": ["haste"]}, 422, "/despite"),
    ],
)
def test_what_can_not_be_frozen_is_named(
    official: FlaskClient, province: Stored, body: dict[str, Any], status: int, said: str
) -> None:
    answer = official.post("/api/v1/official-values", json={"on": ON, "label": "Báo cáo", **body})
    assert answer.status_code == status
    assert said in answer.text


def test_only_operators_of_the_whole_province_freeze(
    official: FlaskClient, province: Stored, issuer: Issuer
) -> None:
    for token in (
        issuer.token("ivy", ["inspector"]),
        issuer.token("dan", ["operator"], districts=["yen-mo"]),
    ):
        official.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        post(official, 403, on=ON, label="Báo cáo 2018")
        get(official, "/official-values")


def test_the_list_is_searched_and_exported(official: FlaskClient, province: Stored) -> None:
    for year in (2017, 2018, 2019):
        post(official, on=f"{year}-12-31", label=f"Báo cáo năm {year}")
    first = get(official, "/official-values?limit=2")
    assert [row["on"] for row in first["items"]] == ["2019-12-31", "2018-12-31"]
    rest = get(official, f"/official-values?limit=2&cursor={first['next']}")
    assert ([row["on"] for row in rest["items"]], rest["next"]) == (["2017-12-31"], None)
    (row,) = get(official, "/official-values?q=bao+cao+2018")["items"]
    assert (row["id"], row["values"]["K1"], row["corrections"]) == (PERIOD, "1/2", 0)
    assert [r["on"] for r in get(official, f"/official-values?on={ON}")["items"]] == [ON]
    export = official.get("/api/v1/official-values/export?format=csv")
    assert export.status_code == 200 and PERIOD in export.text


def test_another_process_sees_it_soon(
    official: FlaskClient, province: Stored, settings: Settings, mongo_client: MongoClient[dict[str, Any]]
) -> None:
    other = build_officials(settings).book
    assert other.position() == 0
    post(official, on=ON, label="Báo cáo 2018")
    other.refresh()
    assert other.position() == 1
