"""What an auditor gets over HTTP proves itself, and what was touched after it was signed fails to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask.testing import FlaskClient

from services.eventkit.commits import decode_body
from services.eventkit.errors import Unavailable
from services.eventkit.proof.client import ProofClient, ProofFailed
from services.eventkit.proof.notes import Signer
from services.eventkit.proof.verifications import Verifications
from services.eventkit.verify import Fault, Verdict
from tests.integration.proof.long_log import documents, news, store
from tests.integration.proof.served import KEY, LIMITED, Service, get


def test_the_checkpoints_are_listed_page_by_page(http: FlaskClient) -> None:
    page = get(http, "/checkpoints?limit=1")
    assert [each["size"] for each in page["items"]] == [300]
    rest = get(http, f"/checkpoints?cursor={page['next']}")
    assert ([each["size"] for each in rest["items"]], rest["next"]) == ([700], None)
    assert get(http, "/checkpoints/latest") == rest["items"][0]
    get(http, "/checkpoints?cursor=x", 422)


@pytest.mark.parametrize("position", [1, 256, 257, 300, 512, 700])
def test_every_commit_is_shown_to_be_in_the_log(service: Service, position: int) -> None:
    client = service.client()
    body = client.included(position, client.latest())
    assert decode_body(body).position == position
    assert body == service.log.bodies(position - 1, 1)[0]


def test_a_proof_takes_as_many_hashes_as_the_tree_is_high(http: FlaskClient) -> None:
    found = get(http, "/proofs/inclusion?position=123&size=700")
    assert (found["leaf_index"], found["tree_size"], len(found["audit_path"])) == (122, 700, 10)
    assert found["checkpoint"] == get(http, "/checkpoints/latest")["note"]
    assert get(http, "/proofs/inclusion?position=123") == found
    assert get(http, "/proofs/inclusion?position=123&size=301")["checkpoint"] is None


def test_who_is_limited_to_districts_reads_no_log(http: FlaskClient) -> None:
    """Each commit may tell of any district, and what is left out would break the chain."""
    body = http.get("/api/v1/events?limit=1", headers={"X-Api-Key": KEY}).data
    event = decode_body(body.rstrip(b"\n")).events[0].id
    for path in ("/events", "/events?type=facility.moved", f"/events/{event}"):
        assert "limited" in get(http, path, 403, LIMITED)["detail"]
    assert get(http, f"/events/{event}")["event"]["id"] == event


def test_while_the_tree_grows_a_proof_is_asked_for_again(service: Service, http: FlaskClient) -> None:
    gone = service.database["tree"].delete_many({"_id": {"$not": {"$regex": "^0*0/"}}})
    assert gone.deleted_count
    answer = get(http, "/proofs/inclusion?position=5&size=700", 503)
    assert "being written to" in answer["detail"]


def test_the_log_is_shown_to_begin_with_what_was_signed_before(service: Service, http: FlaskClient) -> None:
    client = service.client()
    earlier = client.believed(get(http, "/checkpoints?limit=1")["items"][0]["note"])
    client.consistent(earlier, client.latest())
    client.consistent(earlier, earlier)
    found = get(http, "/proofs/consistency?first=300&second=700")
    assert found == get(http, "/proofs/consistency?first=300")
    assert len(found["consistency"]) <= 11


def test_a_commit_changed_after_it_was_signed_is_not_included(service: Service) -> None:
    log, client = service.database["log"], service.client()
    commit = log.find_one({"_id": 77})
    assert commit is not None
    log.update_one({"_id": 77}, {"$set": {"body": bytes(commit["body"]).replace(b'"lan"', b'"mai"')}})
    client.included(76, client.latest())
    with pytest.raises(ProofFailed, match="Commit 77 is not the one"):
        client.included(77, client.latest())
    log.delete_one({"_id": 700})
    with pytest.raises(ProofFailed, match="no commit 700"):
        client.included(700, client.latest())


def test_a_log_written_anew_does_not_begin_with_what_was_signed(service: Service) -> None:
    client = service.client()
    earlier = client.latest()
    for name in ("log", "tree", "signed_checkpoints"):
        service.database[name].delete_many({})
    store(service.database["log"], documents(news(900, actor="mai")))
    service.checkpoint()
    with pytest.raises(ProofFailed, match="does not begin with the 700"):
        client.consistent(earlier, client.latest())


def test_a_checkpoint_of_a_stranger_or_of_another_log_is_not_believed(service: Service) -> None:
    other = Signer("sxsh/registry/2026", Ed25519PrivateKey.generate())
    stranger = ProofClient(service.url, KEY, "sxsh/registry", [other.verifier])
    with pytest.raises(ProofFailed, match="does not hold"):
        stranger.latest()
    with pytest.raises(ProofFailed, match="of sxsh/registry, not of sxsh/audits"):
        service.client("sxsh/audits").latest()


def test_what_is_not_signed_yet_has_no_proof(service: Service, http: FlaskClient) -> None:
    assert "holds 700 commits, not 701" in get(http, "/proofs/inclusion?position=1&size=701", 404)["detail"]
    get(http, "/proofs/consistency?first=5&second=701", 404)
    get(http, "/proofs/inclusion?position=701", 422)
    get(http, "/proofs/inclusion?position=0", 422)
    get(http, "/proofs/inclusion?position=9&size=8", 422)
    get(http, "/proofs/consistency?first=9&second=8", 422)
    service.database["signed_checkpoints"].delete_many({})
    assert "No checkpoint" in get(http, "/checkpoints/latest", 404)["detail"]
    with pytest.raises(Unavailable, match="404"):
        service.client().latest()


def test_they_are_for_those_who_may_read_the_log(http: FlaskClient) -> None:
    for path in (
        "/checkpoints",
        "/checkpoints/latest",
        "/verifications/latest",
        "/proofs/inclusion?position=1",
    ):
        get(http, path, 403, key="r")


def test_what_the_last_walk_of_the_log_found_is_told(service: Service, http: FlaskClient) -> None:
    assert "`sxsh verify`" in get(http, "/verifications/latest", 404)["detail"]
    walks, at = Verifications(service.database), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    walks.add(Verdict(True, 700), at)
    whole = {"whole": True, "checked": 700, "fault": None, "position": None, "reason": None}
    assert get(http, "/verifications/latest") == {"at": "2026-01-02T03:04:05Z", **whole}
    walks.add(Verdict(False, 41, 42, "its bytes do not have its hash", Fault.CHANGED), at)
    found = get(http, "/verifications/latest")
    assert (found["whole"], found["fault"], found["position"]) == (False, "changed", 42)
