"""What reads bytes from outside: it says what is wrong with them, in its own words, whatever they are.

Each is given noise, and what it takes in life with parts of it changed, cut off, doubled and moved.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bson
import jwt
import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from deploy.sxsh.backup.contents import MANIFEST, Unusable, documents_of, manifest_of
from services.eventkit import cloudevents, paging
from services.eventkit.bulk.lines import BadFile
from services.eventkit.bulk.sheets import read_rows
from services.eventkit.commits import GENESIS, Commit
from services.eventkit.errors import InvalidInput, SxshError, Unauthenticated
from services.eventkit.feed_client import FeedBroken, Tip, follow
from services.eventkit.http import proofs
from services.eventkit.http.parsing import parse_json
from services.eventkit.http.requests import child_traceparent
from services.eventkit.identity import KeySet, TokenVerifier, api_keys, jwks
from services.eventkit.proof.notes import Checkpoint, NotSigned, VerifierKey, opened
from services.kpi.api import cursors
from services.kpi.domain import boundaries
from services.registry.api import duplicates
from tests.damage import damaged
from tests.examples import examples
from tests.issuer import Issuer, api_key_entry
from tests.registry_feed import RegistryFeed
from tests.unit.bulk.test_hostile_files import HEADS, SHEET, workbook

#: JSON with all that it can hold, in shapes that no schema foresees.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=8), each, max_size=4),
    max_leaves=8,
)


@st.composite
def odd(draw: st.DrawFn, whole: dict[str, Any]) -> bytes:
    """A JSON object with members of other types, without some, with more."""
    changed = {**whole, **draw(st.dictionaries(st.sampled_from([*whole, "more"]), JSON, max_size=3))}
    for name in draw(st.lists(st.sampled_from([*whole]), max_size=2)):
        changed.pop(name, None)
    return json.dumps(changed, allow_nan=True).encode("utf-8", "surrogatepass")


def outside(whole: bytes, object_: dict[str, Any] | None = None) -> st.SearchStrategy[bytes]:
    made = st.binary(max_size=200) | damaged(whole)
    return made | odd(object_) if object_ is not None else made


@contextlib.contextmanager
def refusing(*errors: type[Exception]) -> Any:
    """It is read, or refused with one of these; anything else is a crash."""
    with contextlib.suppress(*errors):
        yield


EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "sxsh.registry",
    "type": "sxsh.registry.facility.moved",
    "sequence": 1000,
    "prevsequence": 0,
    "subject": "facility:f-1",
    "time": "2019-05-20T08:00:00Z",
    "data": {"facility_id": "f-1", "unit_id": "nho-quan"},
    "occurredon": "2019-05-20",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}


@given(outside(json.dumps(EVENT).encode(), EVENT))
@settings(max_examples=examples(150))
def test_records_of_a_topic(value: bytes) -> None:
    with refusing(ValueError):
        assert 0 <= cloudevents.decode(value).sequence < 2**63


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    feed = RegistryFeed(tmp_path_factory.mktemp("feed"))
    feed.facility("f-1", "nho-quan")
    feed.facility("f-2", "tam-diep")
    return feed.log.bodies(0, 10)


@given(data=st.data())
@settings(max_examples=examples(100))
def test_lines_of_a_feed(lines: list[bytes], data: st.DataObject) -> None:
    """A page whose lines are not those that were hashed is never taken for one."""
    decoder = msgspec.json.Decoder(Commit)
    changed = [data.draw(damaged(line)) for line in lines]
    told = data.draw(st.permutations([lines[0], changed[0], changed[1]]))
    with refusing(FeedBroken):
        follow(told, Tip(0, GENESIS), decoder)
    with refusing(FeedBroken):
        follow([data.draw(outside(lines[0], json.loads(lines[0])))], Tip(0, GENESIS), decoder)
    if changed[0] != lines[0]:
        with pytest.raises(FeedBroken):
            follow([changed[0], lines[1]], Tip(0, GENESIS), decoder)


class NoPast:
    def beyond(self, positions: dict[str, int], known_at: object) -> dict[str, int]:
        return {}


CURSORS: list[Callable[[str], object]] = [
    lambda cursor: paging._decode(cursor, "name"),
    lambda cursor: cursors.decode(cursor, NoPast()),  # type: ignore[arg-type]
    duplicates._decoded,
    proofs._after,
]
SIDE = ["2019-05-20T08:00:00Z", "2019-05-20", {"registry": 1, "audits": 2, "training": 3}]
LAST = msgspec.msgpack.encode(["name", "Gạch", "f-1"])


@pytest.mark.parametrize("decode", CURSORS)
@given(
    cursor=st.text(max_size=40)
    | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode())
    | (JSON.map(lambda each: json.dumps([SIDE, each, "f-1"]).encode()) | damaged(LAST)).map(
        lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("=")
    )
)
@example(cursor="9" * 5000)
@example(cursor="٣")
@settings(max_examples=examples(100))
def test_cursors(decode: Callable[[str], object], cursor: str) -> None:
    with refusing(InvalidInput):
        decode(cursor)


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return Issuer(tmp_path_factory.mktemp("issuer"))


def _part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


HEADER: dict[str, Any] = {"alg": "ES256", "typ": "JWT", "kid": "key-1"}
CLAIMS: dict[str, Any] = {"sub": "an", "exp": 4_000_000_000, "iat": 1, "jti": "j", "roles": ["admin"]}


@given(data=st.data())
@settings(max_examples=examples(150))
def test_tokens(issuer: Issuer, data: st.DataObject) -> None:
    """Not even one that the issuer signed with claims of any shape is answered with a crash."""
    verifier = TokenVerifier(
        issuer=issuer.issuer, audience=issuer.audience, keys=KeySet(issuer.jwks_url), cache_size=2
    )
    whole = issuer.token()
    forged = st.one_of(
        st.text(max_size=60),
        damaged(whole.encode()).map(lambda raw: raw.decode("latin-1")),
        odd(HEADER).map(lambda raw: f"{_part(raw)}.{whole.partition('.')[2]}"),
    )
    with refusing(Unauthenticated):
        if verifier.verify(data.draw(forged)).roles:
            raise AssertionError("somebody has rights whom nobody gave them")
    claims = {"iss": issuer.issuer, "aud": issuer.audience, **CLAIMS}
    payload = data.draw(odd(claims))
    signed = jwt.PyJWS().encode(payload, issuer.keys["key-1"], "ES256", headers={"kid": "key-1"})
    with refusing(Unauthenticated):
        verifier.verify(signed)


@pytest.mark.parametrize("claim", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("value", [10**400, -(10**400), 1e308, "1e400", True, [], "12"])
def test_times_of_tokens_beyond_all_clocks(issuer: Issuer, claim: str, value: Any) -> None:
    verifier = TokenVerifier(issuer=issuer.issuer, audience=issuer.audience, keys=KeySet(issuer.jwks_url))
    claims = {"iss": issuer.issuer, "aud": issuer.audience, **CLAIMS, claim: value}
    with refusing(Unauthenticated):
        verifier.verify(
            jwt.PyJWS().encode(
                json.dumps(claims).encode(), issuer.keys["key-1"], "ES256", headers={"kid": "key-1"}
            )
        )


@given(data=st.data())
@settings(max_examples=examples(80))
def test_keys_of_an_issuer(issuer: Issuer, data: st.DataObject) -> None:
    whole = json.loads(issuer.path.read_bytes())
    one = data.draw(odd(whole["keys"][0]))
    document = data.draw(
        st.sampled_from([b'{"keys":[' + one + b"]}", one]) | outside(json.dumps(whole).encode())
    )
    with refusing(ValueError):
        jwks.parse(document)


@given(data=st.data())
@settings(max_examples=examples(60))
def test_the_file_of_api_keys(data: st.DataObject, tmp_path: Path) -> None:
    entry = api_key_entry("meter", "key", ["inspector"], districts=["nho-quan"])
    file = tmp_path / "keys.json"
    file.write_bytes(
        data.draw(st.sampled_from([b"[" + data.draw(odd(entry)) + b"]"]) | st.binary(max_size=60))
    )
    with refusing(ValueError):
        api_keys.load(file)


@given(outside(b'{"name": "G\\u1ea1ch", "amount": 1.5, "lines": [{"count": 1}]}'))
@example(b"[" * 100_000)
@settings(max_examples=examples(150))
def test_bodies(raw: bytes) -> None:
    with refusing(BadRequest, UnsupportedMediaType):
        parse_json(raw)


@given(st.text(max_size=80) | damaged(EVENT["traceparent"].encode()).map(lambda raw: raw.decode("latin-1")))
@settings(max_examples=examples(60))
def test_traces(given_: str) -> None:
    made = child_traceparent(given_)
    assert len(made) == 55 and child_traceparent(made).split("-")[1] == made.split("-")[1]


WORKBOOK = workbook(("Lò", 1, "2,5", "01/03/2018"))
CSV = (",".join(HEADS) + "\r\nLò,1,2.5,2018-03-01\r\n").encode()


@pytest.mark.parametrize("format_", ["xlsx", "csv"])
@given(data=st.data())
@settings(max_examples=examples(60))
def test_uploaded_files(data: st.DataObject, format_: str) -> None:
    content = data.draw(outside(WORKBOOK if format_ == "xlsx" else CSV))
    with refusing(BadFile):
        for _ in read_rows(io.BytesIO(content), format_, [SHEET]):
            pass


@given(data=st.data())
@settings(max_examples=examples(40))
def test_parts_of_a_workbook(data: st.DataObject) -> None:
    """The archive is whole, and one of its parts is not."""
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as archive:
        name = data.draw(st.sampled_from(archive.namelist()))
        parts = {each: archive.read(each) for each in archive.namelist()}
    parts[name] = data.draw(damaged(parts[name]))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for each, content in parts.items():
            archive.writestr(each, content)
    with refusing(BadFile):
        for _ in read_rows(file, "xlsx", [SHEET]):
            pass


SQUARE = [[105.9, 20.2], [106.0, 20.2], [106.0, 20.3], [105.9, 20.2]]
FEATURE: dict[str, Any] = {
    "type": "Feature",
    "properties": {"unit_id": "nho-quan"},
    "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
}
SHAPES = json.dumps({"type": "FeatureCollection", "features": [FEATURE]}).encode()


@given(data=st.data())
@settings(max_examples=examples(100))
def test_boundaries(data: st.DataObject) -> None:
    feature = data.draw(odd(FEATURE))
    collection = b'{"type":"FeatureCollection","features":[' + feature + b"]}"
    with refusing(InvalidInput):
        boundaries.read(data.draw(st.sampled_from([collection]) | outside(SHAPES)), {"nho-quan"})


ROOT = base64.b64encode(bytes(32)).decode()
NOTE = f"sxsh/registry\n7\n{ROOT}\nat 2019-05-20T08:00:00+00:00\n\n— x AAAA\n"


@given(st.text(max_size=80) | damaged(NOTE.encode()).map(lambda raw: raw.decode("latin-1")))
@example("a\n" + "9" * 5000 + "\nb\nat c\n")
@settings(max_examples=examples(100))
def test_signed_notes(note: str) -> None:
    key = VerifierKey("x", bytes(32))
    with refusing(NotSigned):
        opened(note, [key])
    with refusing(ValueError):
        Checkpoint.parse(note)
    with refusing(ValueError):
        VerifierKey.parse(note)


ARCHIVED = {
    MANIFEST: json.dumps(
        {
            "made_at": "2019-05-20T08:00:00Z",
            "logs": {"kpi": {"commits": 1, "hash": "x"}},
            "members": {"kpi/log.bson": {"sha256": "x", "bytes": 1, "documents": 1}},
        }
    ).encode(),
    "kpi/log.bson": bson.encode({"_id": 1, "body": b"x"}) + bson.encode({"_id": 2, "body": b"y"}),
}


@given(data=st.data())
@settings(max_examples=examples(100))
def test_backups(data: st.DataObject) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in ARCHIVED.items():
            archive.writestr(name, data.draw(st.sampled_from([content]) | outside(content)))
    with zipfile.ZipFile(file) as archive:
        with refusing(Unusable):
            manifest_of(archive)
        with refusing(Unusable):
            for _ in documents_of(archive, "kpi/log.bson"):
                pass


def test_what_is_refused_is_an_error_that_callers_are_told() -> None:
    """Each of these has an answer of its own; what is none of them is answered as a fault of ours."""
    assert issubclass(InvalidInput, SxshError) and issubclass(Unauthenticated, SxshError)
    assert issubclass(FeedBroken, SxshError)
