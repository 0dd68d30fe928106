"""Who is believed: tokens of the issuer for this audience, known API keys, nobody else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.eventkit.errors import Unauthenticated, Unavailable
from services.eventkit.identity import ApiKeys, KeySet, Principal, Role, TokenVerifier
from tests.issuer import Issuer, api_key_entry
from tests.unit.eventkit_http.conftest import LIMITED_KEY, MACHINE_KEY, Container, make_app

WHO = "/api/v1/notes/whoami"


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


def ask(client: FlaskClient, token: str) -> TestResponse:
    return client.get(WHO, headers={"Authorization": f"Bearer {token}"})


def refused(answer: TestResponse, says: str) -> None:
    assert answer.status_code == 401
    assert says in answer.json["detail"], answer.json["detail"]
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="sxsh"')


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_token_of_each_algorithm_is_believed(tmp_path: Path, algorithm: str) -> None:
    issuer = Issuer(tmp_path, algorithm)
    with make_app(issuer, Container()).test_client() as client:
        answer = ask(client, issuer.token("alice", ["registrar", "stranger"], districts=["kim-son"]))
    assert answer.json == {
        "id": "alice",
        "roles": ["registrar"],
        "districts": ["kim-son"],
        "kind": "person",
    }


def test_roles_are_found_where_keycloak_puts_them(client: FlaskClient, issuer: Issuer) -> None:
    token = issuer.token(
        "bob",
        ["trainer"],
        realm_access={"roles": ["assessor", "offline_access"]},
        resource_access={"sxsh": {"roles": ["reviewer"]}, "account": {"roles": ["admin"]}},
    )
    assert ask(client, token).json["roles"] == ["assessor", "reviewer", "trainer"]


@pytest.mark.parametrize("claims", [{"realm_access": "x"}, {"resource_access": []}, {"roles": "admin"}])
def test_malformed_role_claims_give_no_rights(
    client: FlaskClient, issuer: Issuer, claims: dict[str, Any]
) -> None:
    assert ask(client, issuer.token("bob", **claims)).json["roles"] == []


def test_a_malformed_limit_to_districts_opens_none(client: FlaskClient, issuer: Issuer) -> None:
    payload = jwt.decode(issuer.token("bob"), options={"verify_signature": False})
    token = jwt.encode(
        {**payload, "districts": "kim-son"}, issuer.keys["key-1"], "ES256", headers={"kid": "key-1"}
    )
    assert ask(client, token).json["districts"] == []


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"lasts": -60}, "expired"),
        ({"nbf": int(time.time()) + 86_400}, "not valid yet"),
        ({"aud": "another"}, "another audience"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"exp": None}, "lacks the claim exp"),
        ({"sub": None}, "lacks the claim sub"),
        ({"aud": None}, "lacks the claim aud"),
        ({"typ": "ID"}, "not an access token"),
        ({"sub": "machine:kpi"}, "sub"),
        ({"exp": "soon"}, "not valid"),
    ],
)
def test_a_token_that_is_not_for_us_or_not_now_is_refused(
    client: FlaskClient, issuer: Issuer, claims: dict[str, Any], says: str
) -> None:
    if "sub" in claims:
        payload = {**jwt.decode(issuer.token(), options={"verify_signature": False}), **claims}
        payload = {name: value for name, value in payload.items() if value is not None}
        token = jwt.encode(payload, issuer.keys["key-1"], "ES256", headers={"kid": "key-1"})
    elif claims.get("exp") == "soon":
        payload = {**jwt.decode(issuer.token(), options={"verify_signature": False}), **claims}
        token = jwt.PyJWS().encode(
            json.dumps(payload).encode(), issuer.keys["key-1"], "ES256", headers={"kid": "key-1"}
        )
    else:
        token = issuer.token(**claims)
    refused(ask(client, token), says)


def test_a_forged_signature_is_refused(client: FlaskClient, issuer: Issuer, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    stranger = Issuer(tmp_path / "other")
    refused(ask(client, stranger.token("alice", ["admin"])), "signature is wrong")


def test_a_changed_payload_is_refused(client: FlaskClient, issuer: Issuer) -> None:
    head, payload, signature = issuer.token("alice", []).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    raised = base64.urlsafe_b64encode(json.dumps({**claims, "roles": ["admin"]}).encode()).rstrip(b"=")
    refused(ask(client, f"{head}.{raised.decode()}.{signature}"), "signature is wrong")


def test_an_unsigned_token_is_refused(client: FlaskClient, issuer: Issuer) -> None:
    payload = jwt.decode(issuer.token("alice", ["admin"]), options={"verify_signature": False})
    refused(ask(client, jwt.encode(payload, None, "none", headers={"kid": "key-1"})), "must be signed")


def test_the_public_key_cannot_be_used_as_a_shared_secret(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path, "RS256")
    pem = issuer.keys["key-1"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    payload = jwt.decode(issuer.token("alice", ["admin"]), options={"verify_signature": False})
    parts = [{"alg": "HS256", "typ": "JWT", "kid": "key-1"}, payload]
    signed = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    digest = hmac.new(pem, signed, hashlib.sha256).digest()
    token = signed + b"." + base64.urlsafe_b64encode(digest).rstrip(b"=")
    with make_app(issuer, Container()).test_client() as client:
        refused(ask(client, token.decode()), "must be signed")


def test_an_algorithm_of_another_key_type_is_refused(client: FlaskClient, issuer: Issuer) -> None:
    payload = jwt.decode(issuer.token("alice"), options={"verify_signature": False})
    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    refused(ask(client, jwt.encode(payload, own, "RS256", headers={"kid": "key-1"})), "does not belong")


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer a.b.c",
        "Bearer ....",
        "Bearer " + "x" * 9000,
        "Bearer \xe9\xff",
    ],
)
def test_what_is_no_token_is_refused(client: FlaskClient, header: str) -> None:
    assert client.get(WHO, headers={"Authorization": header}).status_code == 401


def test_a_new_key_of_the_issuer_is_picked_up_and_the_old_one_stops_working(
    tmp_path: Path,
) -> None:
    issuer, clock = Issuer(tmp_path), Clock()
    keys = KeySet(issuer.jwks_url, clock=clock)
    verifier = TokenVerifier(issuer=issuer.issuer, audience="sxsh", keys=keys, clock=clock)
    old = issuer.token("alice", lasts=3000)
    assert verifier.verify(old).id == "alice"
    issuer.rotate("key-2")
    clock.now += 11
    assert verifier.verify(issuer.token("bob")).id == "bob"
    with pytest.raises(Unauthenticated, match="does not publish"):
        verifier.verify(old)


def test_unknown_keys_cannot_make_us_hammer_the_issuer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer, clock, reads = Issuer(tmp_path), Clock(), []
    keys = KeySet(issuer.jwks_url, clock=clock)
    original = keys._read
    monkeypatch.setattr(keys, "_read", lambda: (reads.append(1), original())[1])
    keys.key("key-1")
    for number in range(50):
        with pytest.raises(Unauthenticated):
            keys.key(f"made-up-{number}")
    assert len(reads) == 1
    clock.now += 11
    with pytest.raises(Unauthenticated):
        keys.key("made-up")
    assert len(reads) == 2


def test_an_issuer_that_is_away_leaves_the_known_keys_in_force(tmp_path: Path) -> None:
    issuer, clock = Issuer(tmp_path), Clock()
    keys = KeySet(issuer.jwks_url, clock=clock)
    keys.key("key-1")
    issuer.path.write_text("<html>gateway time-out</html>")
    clock.now += 400
    assert keys.key("key-1").key_id == "key-1"


def test_keys_that_were_never_read_mean_try_again_not_go_away(client: FlaskClient, tmp_path: Path) -> None:
    keys = KeySet((tmp_path / "nothing.json").as_uri())
    with pytest.raises(Unavailable):
        keys.key("key-1")


def test_a_remembered_token_still_expires(tmp_path: Path) -> None:
    issuer, clock = Issuer(tmp_path), Clock()
    verifier = TokenVerifier(issuer=issuer.issuer, audience="sxsh", keys=KeySet(issuer.jwks_url), clock=clock)
    token = issuer.token("alice", lasts=-5)
    assert verifier.verify(token).id == "alice"
    clock.now += 6
    assert not verifier._still_good(next(iter(verifier._cache.values())))


def test_the_memory_of_tokens_is_bounded(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path)
    verifier = TokenVerifier(
        issuer=issuer.issuer, audience="sxsh", keys=KeySet(issuer.jwks_url), cache_size=3
    )
    for number in range(6):
        verifier.verify(issuer.token(f"user-{number}"))
    assert len(verifier._cache) == 3


def test_a_machine_is_known_by_its_key(client: FlaskClient) -> None:
    assert client.get(WHO, headers={"X-Api-Key": LIMITED_KEY}).json == {
        "id": "machine:huyen",
        "roles": ["inspector"],
        "districts": ["kim-son"],
        "kind": "machine",
    }


@pytest.mark.parametrize("key", ["", "wrong", MACHINE_KEY + " x", MACHINE_KEY.upper()])
def test_an_unknown_key_is_refused(client: FlaskClient, key: str) -> None:
    refused(client.get(WHO, headers={"X-Api-Key": key}), "API key")


def test_two_credentials_at_once_are_refused(client: FlaskClient, registrar: dict[str, str]) -> None:
    refused(client.get(WHO, headers={**registrar, "X-Api-Key": MACHINE_KEY}), "not both")


def test_a_withdrawn_key_stops_working_without_a_restart(tmp_path: Path) -> None:
    path, clock = tmp_path / "keys.json", Clock()
    path.write_text(json.dumps([api_key_entry("a", "one", ["inspector"]), api_key_entry("b", "two", [])]))
    keys = ApiKeys(path, clock=clock)
    assert keys.find("one") == Principal("machine:a", frozenset({Role.INSPECTOR}), None, "machine")
    path.write_text(json.dumps([api_key_entry("b", "two", [])]))
    os.utime(path, ns=(1, 1))
    clock.now += 3
    assert keys.find("one") is None
    path.write_text("{ broken")
    clock.now += 3
    assert keys.find("two") is not None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "not JSON"),
        ("{}", "must be a JSON list"),
        ("[1]", "entry 1 must be an object"),
        ('[{"name": "a b"}]', "name must be"),
        ('[{"name": "a", "sha256": "zz"}]', "sha256 must be"),
        (json.dumps([api_key_entry("a", "k", ["king"])]), "roles must be"),
        (json.dumps([api_key_entry("a", "k", [], districts="kim-son")]), "districts must be"),
        (json.dumps([api_key_entry("a", "k", []), api_key_entry("a", "l", [])]), "two keys alike"),
    ],
)
def test_a_wrong_file_of_keys_is_explained(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=says):
        ApiKeys(path)
