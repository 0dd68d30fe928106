"""Reads another service's event feed and checks, line by line, that it is one unbroken chain."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, Protocol, TypeVar
from urllib.parse import quote

import msgspec
import urllib3
from urllib3.exceptions import HTTPError

from services.eventkit.commits import GENESIS, Commit
from services.eventkit.errors import SxshError, Unavailable

PATH, POSITIONS = "/api/v1/events", "/api/v1/positions"

#: Seconds for which a feed holds an answer at most.
LONGEST_WAIT = 25

#: Subjects that one search of a feed names at most.
SUBJECTS = 50


class FeedBroken(SxshError):
    """The feed left out, repeated or changed a commit: build nothing on it until someone has looked."""

    status = 502
    slug = "feed-broken"
    title = "An event feed does not verify"


class Tip(NamedTuple):
    """The last commit seen: the next line must follow it."""

    position: int
    hash: str


class _Position(msgspec.Struct):
    position: int


class _Link(msgspec.Struct):
    position: int
    prev: str


class _Told(msgspec.Struct):
    commit: _Position


class Linked(Protocol):
    """What a line is decoded to: as much of it as the reader wants, and what makes it one of a chain."""

    @property
    def position(self) -> int: ...
    @property
    def prev(self) -> str: ...


L = TypeVar("L", bound=Linked)

_link = msgspec.json.Decoder(_Link)
_told = msgspec.json.Decoder(_Told)
_position = msgspec.json.Decoder(_Position)
_commit = msgspec.json.Decoder(Commit)


class FeedClient:
    """`GET {base_url}/api/v1/events`. Safe to share between threads; create it after a fork.

    `head` is the last position of the log as the feed last told it (0 before the first answer).
    """

    def __init__(self, base_url: str, api_key: str, timeout: float = 10.0) -> None:
        self.url = base_url.rstrip("/") + PATH
        self.head = 0
        self._key = api_key
        self._timeout = timeout
        self._tip = Tip(0, GENESIS)
        self._pool = urllib3.PoolManager(
            maxsize=4,
            headers={"X-Api-Key": api_key, "Accept": "application/jsonl", "Accept-Encoding": "identity"},
            retries=urllib3.Retry(total=1, redirect=0, status=0, other=0, backoff_factor=0.1),
        )

    def read(self, after: int, limit: int = 1000, wait: float = 0) -> list[bytes]:
        """The bodies of the commits at positions `after + 1` …, at most `limit`; empty when up to date.

        `wait` is how many seconds (whole, at most 25) the feed may hold the answer while there is nothing
        to tell.
        Raises `Unavailable` when it does not answer, `FeedBroken` when the lines do not chain. The first
        line is checked against the line before it when this client was the one to read that.
        """
        return [line for line, _ in self._read(after, limit, wait, _link)]

    def commits(self, after: int, limit: int = 1000, wait: float = 0) -> list[Commit]:
        """`read`, decoded."""
        return [commit for _, commit in self._read(after, limit, wait, _commit)]

    def linked(self, after: int, limit: int, decoder: msgspec.json.Decoder[L]) -> list[tuple[bytes, L]]:
        """`read`, each line beside what `decoder` makes of it."""
        return self._read(after, limit, 0, decoder)

    def __reduce__(self) -> tuple[type[FeedClient], tuple[str, str, float]]:
        """Where it is unpickled, in another process, it has connections of its own."""
        return FeedClient, (self.url.removesuffix(PATH), self._key, self._timeout)

    def _read(
        self, after: int, limit: int, wait: float, decoder: msgspec.json.Decoder[L]
    ) -> list[tuple[bytes, L]]:
        body = self._get(after, limit, wait)
        lines = body.split(b"\n")
        if lines.pop():
            raise Unavailable(f"The answer of the event feed {self.url} was cut off. Try again.")
        if not lines:
            return []
        tip = self._tip
        self._tip, links = follow(lines, tip if tip.position == after else Tip(after, ""), decoder)
        return list(zip(lines, links, strict=True))

    def about(self, subjects: Iterable[str], upto: int, after: int = 0) -> list[Commit]:
        """The commits at positions `after` + 1 … `upto` with an event of any of these subjects, in order.

        They do not follow each other, so nothing is checked but that they can be read. Raises `Unavailable`.
        """
        named = sorted(set(subjects))
        found: dict[int, Commit] = {}
        for start in range(0, len(named), SUBJECTS):
            for commit in self._about(named[start : start + SUBJECTS], upto, after):
                found[commit.position] = commit
        return [found[position] for position in sorted(found)]

    def _about(self, subjects: list[str], upto: int, after: int) -> Iterator[Commit]:
        while after < upto:
            bounds = {"after": str(after), "upto": str(upto), "limit": "1000"}
            asked = [*bounds.items(), *(("subject", subject) for subject in subjects)]
            answer = self._ask(self.url, asked)
            yield from _decoded(answer.data.splitlines(), self.url)
            reached = answer.headers.get("Sxsh-Position", "")
            if not reached.isdecimal() or int(reached) <= after:
                raise Unavailable(f"The event feed {self.url} did not say how far it had looked.")
            after = int(reached)

    def reached_at(self, at: datetime) -> int:
        """The last position recorded by a moment; 0 before the first commit. Raises `Unavailable`."""
        url = self.url.removesuffix(PATH) + POSITIONS
        return _position.decode(self._ask(url, [("at", at.isoformat())]).data).position

    def event(self, id_: str) -> Commit | None:
        """The commit that holds an event; None when this log has no such event. Raises `Unavailable`."""
        answer = self._ask(f"{self.url}/{quote(id_, safe='')}", [], missing=True)
        if answer.status == 404:
            return None
        position = _told.decode(answer.data).commit.position
        return self.commits(position - 1, 1)[0]

    def close(self) -> None:
        self._pool.clear()

    def _get(self, after: int, limit: int, wait: float) -> bytes:
        query = [("after", str(after)), ("limit", str(limit))]
        if wait > 0:
            query.append(("wait", str(min(math.ceil(wait), LONGEST_WAIT))))
        answer = self._ask(self.url, query, wait)
        head = answer.headers.get("Sxsh-Head", "")
        if head.isdecimal():
            self.head = int(head)
        return answer.data

    def _ask(
        self, url: str, query: list[tuple[str, str]], wait: float = 0, *, missing: bool = False
    ) -> urllib3.BaseHTTPResponse:
        """`missing`: that nothing is there is an answer too."""
        try:
            answer = self._pool.request(
                "GET",
                url,
                fields=query,
                timeout=urllib3.Timeout(connect=self._timeout, read=self._timeout + wait),
            )
        except HTTPError as error:
            raise Unavailable(
                f"The event feed {self.url} does not answer ({type(error).__name__}). "
                "Check that the service runs and that its URL is set right; then try again."
            ) from error
        if answer.status != 200 and not (missing and answer.status == 404):
            raise _refusal(self.url, answer)
        return answer


def check_chain(lines: list[bytes], tip: Tip) -> Tip:
    """The tip after `lines`. Raises as `follow` does."""
    return follow(lines, tip, _link)[0]


def follow(lines: list[bytes], tip: Tip, decoder: msgspec.json.Decoder[L]) -> tuple[Tip, list[L]]:
    """The tip after `lines`, and the lines decoded. Raises `FeedBroken` at the first line that does not
    follow the one before.

    An empty `tip.hash` means that the hash before the first line is not known: it is not compared.
    """
    position, hash_ = tip
    decode, links = decoder.decode, []
    for line in lines:
        try:
            link = decode(line)
        except ValueError as error:
            raise FeedBroken(f"The line after position {position} is not a commit: {error}.") from error
        if link.position != position + 1:
            raise FeedBroken(
                f"Position {position + 1} was expected, the feed gave {link.position}: commits are missing "
                "or repeated. Verify the log of that service before going on."
            )
        if hash_ and link.prev != hash_:
            raise FeedBroken(
                f"The commit at position {link.position} does not follow the one at {position}: its `prev` "
                "is not that one's hash. One of the two was changed, or the log was replaced."
            )
        position = link.position
        hash_ = sha256(line).hexdigest()
        links.append(link)
    return Tip(position, hash_), links


def _decoded(lines: list[bytes], url: str) -> list[Commit]:
    try:
        return [_commit.decode(line) for line in lines]
    except ValueError as error:
        raise FeedBroken(f"The event feed {url} gave what is no commit: {error}.") from error


def _refusal(url: str, answer: urllib3.BaseHTTPResponse) -> Unavailable:
    if answer.status in (401, 403):
        return Unavailable(
            f"The event feed {url} refused this service's key ({answer.status}). "
            "Check SERVICE_API_KEY here and API_KEYS_FILE there (role inspector)."
        )
    wait = answer.headers.get("Retry-After", "")
    return Unavailable(
        f"The event feed {url} answered {answer.status}. Look at the log of that service; then try again.",
        retry_after=float(wait) if wait.isdecimal() else 1.0,
    )
