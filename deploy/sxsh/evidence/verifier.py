#!/usr/bin/env python3
"""Kiểm tra một gói bằng chứng · Checks an evidence bundle, with no access to the system it came from.

    python3 verify.py k2.zip --keys keys.txt

It needs Python 3.11 and the package `cryptography`, nothing else, and shares no code with the system. Take
it, and the public keys, from somewhere else than the bundle: whoever forges a bundle can put in others.

A bundle holds every commit of the logs that a target rests on, from the first to the last that was recorded
by the moment `known_at`: nothing that concerns the target can be left out unseen. Checked is, in this order:

  files       those that the manifest names are there, as it says, and no others
  chain       each commit names the hash of the one before; no position is left out; times do not go back
  tree        these commits are what was signed (RFC 6962 Merkle tree, Ed25519 checkpoint), and begin with
              what had been signed by `known_at`
  complete    the commit after the last was recorded after `known_at`, or it was signed later that there was
              none yet; which of the two, or that neither is shown, is said of each log
  rules       rules, factors and plan are known ones, or the plan stands in the registry's log
  value       numerator, denominator and verdict, worked out anew from the events
  official    what had been frozen for that day rests on these commits, and is the value if it rests on all
  report      says what was found here

Exit code 0: accepted. 1: rejected, each reason on a line. 2: not asked properly.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import zipfile
import zlib
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "sxsh-evidence/1"
GENESIS = "0" * 64
#: SHA-256 of the canonical JSON of rules and plans that came with the system.
KNOWN = {
    "rules sxsh-2016@2": "7f539e9e9d4756d5dcb820972a2ebf313e61f8e04c69ddbee492bbda0fb3f205",
    "plan nb-1051-2016": "3e167066602035f528142d99dffe5e87ca8f132dd286f104448913236b7a3556",
}
#: Target -> the indicators that make it up, the logs that they rest on. That of official values comes first.
TARGETS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "K1": (("K1",), ("kpi", "registry", "training")),
    "K2": (("K2a", "K2b"), ("kpi", "registry", "audits")),
    "K3": (("K3",), ("kpi", "registry", "training")),
}
#: Seconds that a write takes at most, and then some: a checkpoint signed so long after a moment holds all
#: that bears its time.
SETTLED = 60
MANIFEST, RULES, PLAN, KEYS = "manifest.json", "rules.json", "plan.json", "keys.txt"
REPORT, PROGRAM = "report.md", "verify.py"

Data = dict[str, Any]


class Problem(NamedTuple):
    """Why a bundle is rejected: a short word for it, and what exactly."""

    what: str
    detail: str


class Rejected(Exception):
    def __init__(self, what: str, detail: str) -> None:
        super().__init__(f"{what}: {detail}")
        self.problem = Problem(what, detail)


class Event(NamedTuple):
    """`order` is that of the log; `on` the day from which it is true."""

    order: tuple[int, int]
    on: date
    type: str
    subject: str
    data: Data


class Log(NamedTuple):
    """What was found of a log. `signed` and `signed_at` are of the checkpoint that covers it, None when none
    was ever signed; `before` is how many commits had been signed by `known_at`; `hashes` are those of some
    commits, by position. `complete` says in words (vi, en) what shows that nothing recorded by `known_at` is
    left out, `limit` that nothing does, and why; one of the two is None."""

    name: str
    commits: int
    head: str
    hashes: dict[int, str]
    events: list[Event]
    key: str | None
    signed: int | None
    signed_at: str | None
    before: int
    complete: tuple[str, str] | None
    limit: tuple[str, str] | None


class Value(NamedTuple):
    """`met` is None without a target or a value."""

    numerator: int
    denominator: int
    target: str | None
    met: bool | None

    @property
    def exact(self) -> str | None:
        return f"{self.numerator}/{self.denominator}" if self.denominator else None


class Verdict(NamedTuple):
    """In words (vi, en): `limits` are what no signature vouches for, `complete` is what shows of the other
    logs that nothing is left out."""

    problems: list[Problem]
    limits: list[tuple[str, str]]
    values: dict[str, Value]
    complete: list[tuple[str, str]]


# Files


class Files:
    """Of a zip file or a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip = None if path.is_dir() else zipfile.ZipFile(path)

    def names(self) -> list[str]:
        """A name that is there twice comes twice."""
        if self._zip is not None:
            return self._zip.namelist()
        return sorted(
            str(found.relative_to(self._path)) for found in self._path.rglob("*") if found.is_file()
        )

    def read(self, name: str) -> bytes:
        try:
            return (self._path / name).read_bytes() if self._zip is None else self._zip.read(name)
        except (KeyError, OSError, zipfile.BadZipFile) as error:
            raise Rejected("file-missing", f"{name} is not there, or cannot be read") from error

    def lines(self, name: str) -> Iterator[bytes]:
        """Without their ends; a last one that has no end is cut off."""
        try:
            with (self._path / name).open("rb") if self._zip is None else self._zip.open(name) as file:
                for line in file:
                    if not line.endswith(b"\n"):
                        raise Rejected("file-cut", f"{name} ends within a line")
                    yield line[:-1]
        except (KeyError, OSError, zipfile.BadZipFile) as error:
            raise Rejected("file-missing", f"{name} is not there, or cannot be read") from error

    def json(self, name: str) -> Any:
        try:
            return json.loads(self.read(name))
        except ValueError as error:
            raise Rejected("file-unreadable", f"{name} is not JSON") from error

    def sha256(self, name: str) -> str:
        if self._zip is None:
            return hashlib.sha256(self.read(name)).hexdigest()
        digest = hashlib.sha256()
        with self._zip.open(name) as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
        return digest.hexdigest()


def check_files(files: Files, manifest: Data) -> Iterator[Problem]:
    named, there = dict(manifest["files"]), Counter(files.names())
    for name in sorted(named.keys() | there.keys() - {MANIFEST}):
        if name not in there:
            yield Problem("file-missing", f"{name} is not there")
        elif name not in named:
            yield Problem("file-extra", f"{name} is not one of the bundle's files")
        elif there[name] > 1:
            yield Problem("file-extra", f"{name} is there {there[name]} times")
        elif files.sha256(name) != named[name]:
            yield Problem("file-altered", f"{name} is not the file that the manifest names")
    own = Path(__file__).read_bytes()
    if PROGRAM in there and files.read(PROGRAM) != own:
        yield Problem("program-altered", f"the {PROGRAM} in the bundle is not the one that runs here")


def canonical(content: Any) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


# Chain


def read_log(
    name: str, lines: Iterable[bytes], known_at: datetime, keep: Callable[[bytes], None]
) -> list[Event]:
    """The events, after checking that the lines are one chain. `keep` is given each line."""
    events: list[Event] = []
    expected, prev, last = 1, GENESIS, datetime.min.replace(tzinfo=known_at.tzinfo)
    for line in lines:
        commit = parsed(name, line, expected)
        position, at = commit["position"], moment(commit["recorded_at"])
        if position != expected:
            done = "is missing" if position > expected else f"is followed by {position}: repeated or moved"
            where = expected if position > expected else expected - 1
            raise Rejected("chain-position", f"{name}: commit {where} {done}")
        if commit["prev"] != prev:
            raise Rejected(
                "chain-altered",
                f"{name}: commit {position} does not follow commit {position - 1}: one of them was altered",
            )
        if at < last:
            raise Rejected(
                "time-backward", f"{name}: commit {position} bears an earlier time than the one before"
            )
        if at > known_at:
            raise Rejected(
                "known-later", f"{name}: commit {position} was recorded after {known_at.isoformat()}"
            )
        keep(line)
        events += events_of(commit)
        expected, prev, last = position + 1, hashlib.sha256(line).hexdigest(), at
    return events


def parsed(name: str, line: bytes, where: int) -> Data:
    try:
        commit = json.loads(line)
        return {key: commit[key] for key in ("position", "prev", "recorded_at", "events")}
    except (ValueError, KeyError, TypeError) as error:
        raise Rejected("chain-unreadable", f"{name}: line {where} is not a commit") from error


def events_of(commit: Data) -> Iterator[Event]:
    for index, one in enumerate(commit["events"]):
        on = date.fromisoformat(one["occurred_on"])
        yield Event((commit["position"], index), on, one["type"], one["subject"], one["data"])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


# Tree


def leaf_hash(line: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The roots over the first leaves, as they are added: of the sizes in `wanted`, of none, and of all."""

    def __init__(self, wanted: Iterable[int] = ()) -> None:
        self.size, self._perfect = 0, list[bytes]()
        self._wanted, self.roots = set(wanted), {0: hashlib.sha256(b"").digest()}

    def add(self, line: bytes) -> None:
        found, size = leaf_hash(line), self.size
        while size & 1:
            found, size = node_hash(self._perfect.pop(), found), size >> 1
        self._perfect.append(found)
        self.size += 1
        if self.size in self._wanted:
            self.roots[self.size] = self.root()

    def root(self) -> bytes:
        found = self._perfect[-1]
        for left in self._perfect[-2::-1]:
            found = node_hash(left, found)
        return found


def root_by_inclusion(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162, 2.1.3.2."""
    found, last = leaf, size - 1
    for sibling in path:
        if last == 0:
            raise ValueError("too long")
        if index & 1 or index == last:
            found = node_hash(sibling, found)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        index, last = index >> 1, last >> 1
    if last:
        raise ValueError("too short")
    return found


def root_by_consistency(first: int, second: int, root: bytes, path: list[bytes]) -> bytes:
    """The root of the second tree, once the path leads to that of the first (RFC 9162, 2.1.4.2)."""
    steps = path if first & (first - 1) else [root, *path]
    if not steps:
        raise ValueError("too short")
    index, last = first - 1, second - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    old = new = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            raise ValueError("too long")
        if index & 1 or index == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        index, last = index >> 1, last >> 1
    if last:
        raise ValueError("too short")
    if old != root:
        raise LookupError
    return new


# Signatures


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes
    at: str
    key: str


def keys_of(text: str) -> dict[tuple[str, bytes], bytes]:
    """(name, hash) -> Ed25519 public key, of lines ``<name>+<hash>+<key>`` (C2SP signed-note)."""
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            name, short, encoded = line.split("+", 2)
            raw = base64.b64decode(encoded, validate=True)
            digest = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
            if raw[:1] != b"\x01" or len(raw) != 33 or digest.hex() != short:
                raise ValueError
        except ValueError:
            raise Rejected("key-unreadable", f"{line[:60]!r} is not a key, or was altered") from None
        found[name, digest] = raw[1:]
    return found


def opened(what: str, note: str, keys: Mapping[tuple[str, bytes], bytes]) -> Checkpoint:
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    for line in signatures.splitlines():
        dash, name, encoded = [*line.split(" "), "", ""][:3]
        try:
            blob = base64.b64decode(encoded, validate=True)
        except ValueError:
            raise Rejected("signature", f"{what}: the signature is not readable") from None
        key = keys.get((name, blob[:4]))
        if dash != "—" or key is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(blob[4:], text.encode())
            origin, size, root, at = text.splitlines()[:4]
            return Checkpoint(origin, int(size), base64.b64decode(root), at.removeprefix("at "), name)
        except InvalidSignature:
            raise Rejected("signature", f"{what}: the signature does not fit what is signed") from None
        except ValueError:
            raise Rejected("checkpoint-unreadable", f"{what} is not a checkpoint") from None
    raise Rejected("key-unknown", f"{what} is not signed with any of the keys")


def hashes(what: str, encoded: Any) -> list[bytes]:
    try:
        return [base64.b64decode(one, validate=True) for one in encoded]
    except (ValueError, TypeError):
        raise Rejected("proof-unreadable", f"{what} is not a list of hashes") from None


# One log: chain, tree, completeness


def check_log(
    files: Files,
    name: str,
    said: Data,
    known_at: datetime,
    keys: Mapping[tuple[str, bytes], bytes],
    wanted: int | None,
) -> Log:
    """`wanted` is the position of a commit whose hash is asked for."""
    proof = files.json(f"proofs/{name}.json")
    checkpoint = before = None
    if proof["checkpoint"] is not None:
        checkpoint = opened(f"{name}: the checkpoint", proof["checkpoint"], keys)
    if proof["checkpoint_before"] is not None:
        before = opened(f"{name}: the checkpoint signed before", proof["checkpoint_before"], keys)
    for one in (checkpoint, before):
        if one is not None and one.origin != f"sxsh/{name}":
            raise Rejected("checkpoint-of-another-log", f"{name}: a checkpoint is of {one.origin}")
    tree, head, known = Tree([before.size] if before else []), [b""], {0: GENESIS}

    def keep(line: bytes) -> None:
        tree.add(line)
        head[0] = line
        if tree.size == wanted:
            known[wanted] = hashlib.sha256(line).hexdigest()

    events = read_log(name, files.lines(f"events/{name}.jsonl"), known_at, keep)
    last = hashlib.sha256(head[0]).hexdigest() if tree.size else GENESIS
    if (tree.size, last) != (said["commits"], said["head"]):
        raise Rejected(
            "commits-differ",
            f"{name}: {tree.size} commits are here, the manifest says {said['commits']} or others",
        )
    if checkpoint is not None:
        _signed(name, tree, checkpoint, proof)
    elif tree.size:
        raise Rejected("not-signed", f"{name}: no checkpoint covers its {tree.size} commits")
    if before is not None:
        if moment(before.at) > known_at or before.size > tree.size:
            raise Rejected("checkpoint-later", f"{name}: what is shown as signed before was signed later")
        if tree.roots.get(before.size) != before.root:
            raise Rejected(
                "rewritten", f"{name}: the first {before.size} commits are not what was signed before"
            )
    shown, complete = _complete(name, tree.size, last, known_at, checkpoint, proof)
    return Log(
        name,
        tree.size,
        last,
        known,
        events,
        checkpoint and checkpoint.key,
        checkpoint and checkpoint.size,
        checkpoint and checkpoint.at,
        before.size if before else 0,
        shown if complete else None,
        None if complete else shown,
    )


def _signed(name: str, tree: Tree, checkpoint: Checkpoint, proof: Data) -> None:
    if checkpoint.size < tree.size:
        raise Rejected("not-signed", f"{name}: only {checkpoint.size} of {tree.size} commits were signed")
    if not tree.size:
        return
    try:
        path = hashes(f"{name}: the proof of consistency", proof["consistency"])
        whole = checkpoint.size == tree.size
        root = tree.root() if whole else root_by_consistency(tree.size, checkpoint.size, tree.root(), path)
    except ValueError as error:
        raise Rejected("proof-malformed", f"{name}: the proof of consistency is {error}") from None
    except LookupError:
        root = b""
    if root != checkpoint.root:
        raise Rejected(
            "not-what-was-signed",
            f"{name}: these {tree.size} commits are not those that begin the {checkpoint.size} signed",
        )


def _complete(
    name: str, count: int, head: str, known_at: datetime, checkpoint: Checkpoint | None, proof: Data
) -> tuple[tuple[str, str], bool]:
    """What shows that nothing recorded by `known_at` is left out, in words; with False, that nothing does.
    Raises `Rejected` when something is left out."""
    line = proof["next"]
    if line is None:
        if checkpoint is not None and checkpoint.size > count:
            raise Rejected("cut-off", f"{name}: {checkpoint.size} commits were signed, and {count} are shown")
        return _quiet(name, count, known_at, checkpoint)
    body = line.encode()
    following = parsed(name, body, count + 1)
    if following["position"] != count + 1 or following["prev"] != head:
        raise Rejected("cut-off", f"{name}: the commit shown to be the next does not follow commit {count}")
    try:
        path = hashes(f"{name}: the proof of inclusion", proof["inclusion"])
        size = checkpoint.size if checkpoint else 0
        if size <= count or root_by_inclusion(leaf_hash(body), count, size, path) != (
            checkpoint and checkpoint.root
        ):
            raise Rejected(
                "not-what-was-signed", f"{name}: the next commit, {count + 1}, is not one that was signed"
            )
    except ValueError as error:
        raise Rejected("proof-malformed", f"{name}: the proof of inclusion is {error}") from None
    if moment(following["recorded_at"]) <= known_at:
        raise Rejected("incomplete", f"{name}: commit {count + 1}, recorded by that moment, is left out")
    at = following["recorded_at"]
    words = (
        f"{name}: bản ghi tiếp theo, số {count + 1}, cũng đã được ký, được ghi lúc {at}, sau thời điểm được "
        "hỏi",
        f"{name}: the next commit, {count + 1}, which was signed too, was recorded at {at}, after the moment "
        "asked for",
    )
    return words, True


def _quiet(
    name: str, count: int, known_at: datetime, checkpoint: Checkpoint | None
) -> tuple[tuple[str, str], bool]:
    """Of a log in which nothing has been recorded since: a later signature under as many commits shows it."""
    if checkpoint is None:
        words = (
            f"{name}: chưa bao giờ được ký; không chữ ký nào xác nhận rằng không có gì được ghi",
            f"{name}: never signed; no signature confirms that nothing was recorded",
        )
        return words, False
    at, later = checkpoint.at, (moment(checkpoint.at) - known_at).total_seconds()
    if later > SETTLED:
        words = (
            f"{name}: lúc {at}, sau thời điểm được hỏi, đã ký rằng nhật ký vẫn chỉ có {count} bản ghi",
            f"{name}: at {at}, after the moment asked for, it was signed that there were still {count} "
            "commits",
        )
        return words, True
    if later > 0:
        words = (
            f"{name}: lần ký gần nhất: {at}, chưa quá {SETTLED} giây sau thời điểm được hỏi; không chữ ký "
            "nào xác nhận rằng không còn bản ghi nào của lúc ấy đang được ghi",
            f"{name}: last signed: {at}, within {SETTLED} seconds of the moment asked for; no signature "
            "confirms that no commit of then was still being written",
        )
        return words, False
    words = (
        f"{name}: lần ký gần nhất: {at}; không chữ ký nào xác nhận rằng từ đó đến thời điểm được hỏi không "
        "có gì được ghi thêm",
        f"{name}: last signed: {at}; no signature confirms that nothing was recorded from then to the "
        "moment asked for",
    )
    return words, False


# Rules and plan


class Rules:
    def __init__(self, data: Data) -> None:
        self.key = f"{data['id']}@{data['version']}"
        scope = set(data["scope"]["sections"]) | ({"E"} if data["scope"]["include_e"] else set())
        self.divisions = {
            division
            for section in data["sections"]
            if section["letter"] in scope
            for division in range(section["first"], section["last"] + 1)
        }
        self.grace, self.certificate = data["suspended_grace_months"], data["certificate_months"]
        self.outlier = Fraction(data["outlier_limit"])
        self.carriers = {factor["resource"] for factor in data["factors"]}
        self._factors = sorted(data["factors"], key=lambda factor: str(factor["valid_from"]))
        self._water, self._material = data["water_litres"], data["material_kg"]
        self.factors, self.source = len(data["factors"]), data["factor_source"]

    def amount(self, flow: Data, on: date) -> Fraction:
        """In grams of oil equivalent, litres or kilograms."""
        resource, unit, factor = flow["resource"], flow["unit"], None
        if resource in ("water", "material"):
            factor = (self._water if resource == "water" else self._material).get(unit)
        for one in self._factors:
            if (one["resource"], one["unit"]) == (resource, unit) and one["valid_from"] <= on.isoformat():
                factor = Fraction(one["toe"]) * 1_000_000
        if factor is None:
            raise NotComputable
        return Fraction(flow["quantity"]) * Fraction(factor)


def check_known(kind: str, name: str, content: Data) -> Iterator[Problem]:
    digest = hashlib.sha256(canonical(content)).hexdigest()
    known = KNOWN.get(f"{kind} {name}")
    if known is None:
        yield Problem(
            f"{kind}-unknown", f"{name} came with no release that this program knows; sha256 {digest}"
        )
    elif digest != known:
        yield Problem(f"{kind}-altered", f"this is not {name} as it was released (sha256 {digest})")


def milestones(target: Data) -> list[tuple[str, Fraction]]:
    return [(str(one["on"]), Fraction(one["value"])) for one in target["milestones"]]


def check_plan(plan: Data, events: list[Event]) -> Iterator[Problem]:
    """Against what the registry's log says of it; else it must be the one that came with the system."""
    loaded = [e for e in events if e.type in ("plan.loaded", "plan.revised")]
    said = [e.data for e in loaded if e.data["plan_id"] == plan["id"]]
    if not said:
        yield from check_known("plan", plan["id"], plan)
        return

    def judged(one: Data) -> tuple[Any, ...]:
        return list(one["territory"]), {target["code"]: milestones(target) for target in one["targets"]}

    if judged(said[-1]) != judged(plan):
        yield Problem("plan-altered", f"{plan['id']} is not as the registry's log holds it")


# The value, worked out from the events


class NotComputable(Exception):
    pass


def months_later(day: date, months: int) -> date:
    """The same day of the month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def as_known(events: Iterable[Event], on: date) -> list[Event]:
    """What has happened by a day, in the order in which it holds: by day, on one day by recording."""
    return sorted((e for e in events if e.on <= on), key=lambda e: (e.on, e.order))


class Row(NamedTuple):
    """A facility that counts in the denominator, or a unit. `counted` by indicator; `saving` is
    (expected, actual) in grams of oil."""

    name: str
    unit: str
    counted: dict[str, bool]
    saving: tuple[int, int] | None = None


class World:
    """All events by log and subject."""

    def __init__(self, rules: Rules, plan: Data, logs: Mapping[str, list[Event]]) -> None:
        self.rules, self.plan = rules, plan
        self.of: dict[str, dict[str, list[Event]]] = {name: defaultdict(list) for name in TARGETS["K1"][1]}
        for name, events in logs.items():
            by_subject = self.of.setdefault(name, defaultdict(list))
            for event in events:
                by_subject[event.subject].append(event)
        self.merged: dict[str, str] = {}
        for event in logs["registry"]:
            if event.type == "facility.merged":
                self.merged[event.subject] = f"facility:{event.data['survivor_id']}"
            elif event.type == "facility.unmerged":
                self.merged.pop(event.subject, None)
        self.duplicates: dict[str, list[str]] = defaultdict(list)
        for duplicate, survivor in self.merged.items():
            self.duplicates[survivor].append(duplicate)
        self.territory = self._territory()

    def _territory(self) -> set[str]:
        """The units of the plan, with what succeeded them and what is within them."""
        more: dict[str, set[str]] = defaultdict(set)
        for subject, events in self.of["registry"].items():
            if subject.startswith("unit:"):
                id_ = subject.removeprefix("unit:")
                for event in events:
                    if event.type == "unit.closed":
                        more[id_] |= set(event.data.get("successors", ()))
                    elif event.type == "unit.registered" and event.data.get("parent_id"):
                        more[event.data["parent_id"]].add(id_)
        found, waiting = set(self.plan["territory"]), list(self.plan["territory"])
        while waiting:
            new = more[waiting.pop()] - found
            found |= new
            waiting += new
        return found

    def rows(self, target: str, on: date) -> list[Row]:
        if target == "K3":
            return sorted(self._units(on))
        found = []
        for subject, events in self.of["registry"].items():
            unit = self._active(subject, events, on) if subject.startswith("facility:") else None
            if unit is None:
                continue
            codes = [event.data["code"] for event in events if event.data.get("code")]
            name = str(codes[-1] if codes else subject)
            if target == "K1":
                found.append(Row(name, unit, {"K1": self._aware(self._told("training", subject), on)}))
            else:
                adopts, saving = self._adoption(self._told("audits", subject), on)
                found.append(Row(name, unit, {"K2a": adopts, "K2b": saving is not None}, saving))
        return sorted(found, key=lambda row: (row.unit, row.name))

    def _told(self, log: str, subject: str) -> list[Event]:
        """Of a facility and of those merged into it, in the order of the log."""
        subjects = [subject, *self.duplicates.get(subject, ())]
        return sorted((e for one in subjects for e in self.of[log].get(one, ())), key=lambda e: e.order)

    def _active(self, subject: str, events: list[Event], on: date) -> str | None:
        """The unit it stands in, if it is one of the facilities of which shares are taken."""
        if subject in self.merged:
            return None
        unit = division = status = None
        since = on
        for event in as_known(events, on):
            data, kind = event.data, event.type
            if kind in ("facility.registered", "facility.moved"):
                unit = data["unit_id"]
            if kind in ("facility.registered", "facility.corrected") and data.get("industry"):
                division = data["industry"]["code"][:2]
            if kind in ("facility.registered", "facility.reopened"):
                status = "operating"
            elif kind == "facility.closed":
                status = "closed"
            elif kind == "facility.suspended":
                since = since if status == "suspended" else event.on
                status = "suspended"
        if status in (None, "closed") or unit not in self.territory:
            return None
        if status == "suspended" and on >= months_later(since, self.rules.grace):
            return None
        in_scope = division is not None and division.isdigit() and int(division) in self.rules.divisions
        return unit if in_scope else None

    def _aware(self, events: list[Event], on: date) -> bool:
        """By the last evidence; of one survey or test on one day, by what was recorded last."""
        evidence: dict[tuple[str, date], tuple[date, tuple[int, int], bool] | None] = {}
        for event in events:
            data = event.data
            if event.on > on:
                continue
            if event.type == "participation.tested":
                said = (event.on, event.order, True) if data["passed"] else None
                evidence[data["participation_id"], event.on] = said
            elif event.type == "survey.answered":
                census = data["mode"] == "census"
                answer = (event.on, event.order, bool(data["benefits"])) if census else None
                evidence[data["survey_id"], event.on] = answer
        told = [one for one in evidence.values() if one is not None]
        return bool(told) and max(told)[2]

    def _adoption(self, events: list[Event], on: date) -> tuple[bool, tuple[int, int] | None]:
        """Whether it adopts, and (expected, actual) energy when that counts."""
        by_assessment: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            by_assessment[event.data["assessment_id"]].append(event)
        adopting = [Assessment(told) for told in by_assessment.values() if adopts(told, on)]
        reports = [(r.end, r.order, a, r) for a in adopting for r in a.accepted() if r.end <= on]
        if not reports:
            return bool(adopting), None
        _, _, assessment, report = max(reports, key=lambda found: found[:2])
        try:
            comparison = Comparison(assessment.baseline, report.measured, self.rules)
            expected, actual = comparison.energy()
        except NotComputable:
            return True, None
        raised = {"outlier"} if comparison.outlier() else set()
        if figures(assessment.before(report)) & figures(report.measured):
            raised.add("same-figure")
        if "leave-out" in report.decisions.values() or raised - report.decisions.keys():
            return True, None
        return True, (round(expected), round(actual))

    def _units(self, on: date) -> Iterator[Row]:
        staffed = {unit for subject in self.of["registry"] for unit in self._served(subject, on)}
        for subject, events in self.of["registry"].items():
            id_ = subject.removeprefix("unit:")
            if not subject.startswith("unit:") or id_ not in self.territory:
                continue
            registered = [e for e in events if e.type == "unit.registered"]
            known = [e for e in as_known(events, on) if e.type in ("unit.registered", "unit.closed")]
            if known and known[-1].type == "unit.registered" and registered[-1].data["level"] == "district":
                yield Row(id_, id_, {"K3": id_ in staffed})

    def _served(self, subject: str, on: date) -> set[str]:
        """The units that a qualified officer is dedicated to."""
        if not subject.startswith("officer:") or not self._certified(subject, on):
            return set()
        held = {}
        for event in as_known(self.of["registry"][subject], on):
            if event.type in ("officer.appointed", "officer.relieved"):
                held[event.data["unit_id"]] = event.data.get("dedicated", False)
        return {unit for unit, dedicated in held.items() if dedicated}

    def _certified(self, subject: str, on: date) -> bool:
        """By any certificate as it was last issued, and not revoked since."""
        issued: dict[str, Event] = {}
        revoked: dict[str, date] = {}
        for event in self.of["training"].get(subject, ()):
            of = event.data.get("participation_id", "")
            if event.type == "certificate.issued":
                issued[of] = event
                revoked.pop(of, None)
            elif event.type == "certificate.revoked":
                revoked[of] = event.on
        for of, event in issued.items():
            until = months_later(event.on, self.rules.certificate)
            if event.data.get("valid_until"):
                until = min(until, date.fromisoformat(event.data["valid_until"]))
            if event.on <= on <= until and (of not in revoked or on < revoked[of]):
                return True
        return False


def adopts(events: list[Event], on: date) -> bool:
    """Approved, with an option implemented, verified and not given up since."""
    approved, options = False, defaultdict[str, set[str]](set)
    for event in as_known(events, on):
        what, option = event.type, event.data.get("option_id", "")
        if what in ("assessment.approved", "assessment.rejected"):
            approved = what == "assessment.approved"
        elif what in ("option.implemented", "option.verified"):
            options[option].add(what)
        elif what in ("option.discontinued", "option.refused"):
            options[option].discard("option.verified")
    return approved and any(len(reached) == 2 for reached in options.values())


class Report:
    """A follow-up as last reported. A correction is to be judged again, and its flags too."""

    def __init__(self, event: Event) -> None:
        self.order, self.measured = event.order, event.data["measurement"]
        self.end = date.fromisoformat(self.measured["period"]["end"])
        self.accepted, self.decisions = False, dict[str, str]()


class Assessment:
    """What all its events leave, whatever day they tell of."""

    def __init__(self, events: list[Event]) -> None:
        self.baseline: Data | None = None
        self.reports: dict[str, Report] = {}
        for event in events:
            what, data = event.type, event.data
            report = self.reports.get(data.get("follow_up_id", ""))
            if what in ("assessment.baseline-recorded", "assessment.baseline-corrected"):
                self.baseline = data["measurement"]
                if what == "assessment.baseline-corrected":
                    for one in self.reports.values():
                        one.decisions = {}
            elif what in ("follow-up.reported", "follow-up.corrected"):
                self.reports[data["follow_up_id"]] = Report(event)
            elif report is not None and what in ("follow-up.accepted", "follow-up.refused"):
                report.accepted = what == "follow-up.accepted"
            elif report is not None and what in ("follow-up.outlier-reviewed", "follow-up.flag-reviewed"):
                report.decisions[data.get("flag", "outlier")] = data["decision"]

    def accepted(self) -> list[Report]:
        return [report for report in self.reports.values() if report.accepted]

    def before(self, report: Report) -> Data | None:
        """The accepted measurement that ends last before a report, else the baseline."""
        earlier = [one for one in self.accepted() if one.end < report.end]
        return max(earlier, key=lambda one: (one.end, one.order)).measured if earlier else self.baseline


def figures(measured: Data | None) -> set[tuple[str, str, str, Fraction]]:
    """The energy used, meter by meter; one MWh is 1000 kWh."""
    finer = {"MWh": ("kWh", 1000), "t": ("kg", 1000), "kl": ("l", 1000), "1000m3": ("m3", 1000)}
    found = set()
    for flow in measured["flows"] if measured else ():
        if flow["resource"] not in ("water", "material") and Fraction(flow["quantity"]) > 0:
            unit, times = finer.get(flow["unit"], (flow["unit"], 1))
            quantity = Fraction(flow["quantity"]) * times
            found.add((flow["resource"], flow.get("product") or "", unit, quantity))
    return found


class Comparison:
    """Expected is the baseline's use per unit of product x the later output; actual is the later use."""

    def __init__(self, baseline: Data | None, later: Data, rules: Rules) -> None:
        if baseline is None:
            raise NotComputable
        self.rules, self.on = rules, date.fromisoformat(later["period"]["end"])
        self.old = {product["code"]: product for product in baseline["products"]}
        self.new = {product["code"]: product for product in later["products"]}
        self.made = {code: Fraction(product["output"]) for code, product in self.old.items()}
        self.now = {code: Fraction(product["output"]) for code, product in self.new.items()}
        self._comparable(baseline["period"], later["period"])
        self.only = len(baseline["products"]) == 1
        self.pairs: dict[tuple[str, str], tuple[Fraction, Fraction] | None] = {}
        before, after = grouped(baseline["flows"]), grouped(later["flows"])
        for key in before.keys() | after.keys():
            try:
                price = self._price(before.get(key, [])) if key[0] == "material" else Fraction(1)
                expected = self._expected(before.get(key, []))
                self.pairs[key] = price * expected, price * self._actual(after.get(key, []))
            except NotComputable:
                self.pairs[key] = None

    def _comparable(self, first: Data, second: Data) -> None:
        starts = [date.fromisoformat(period["start"]) for period in (first, second)]
        ends = [date.fromisoformat(period["end"]) for period in (first, second)]
        whole = all(
            (months_later(start, 12) - end).days == 1 for start, end in zip(starts, ends, strict=True)
        )
        same = (starts[0].month, starts[0].day) == (starts[1].month, starts[1].day)
        units = all(self.new[c]["unit"] == self.old[c]["unit"] for c in self.old.keys() & self.new.keys())
        made = bool(self.made) and all(output > 0 for output in self.made.values())
        if not (whole and same and starts[1] > ends[0] and units and made):
            raise NotComputable

    def energy(self) -> tuple[Fraction, Fraction]:
        found = self._sum(lambda resource: resource not in ("water", "material"))
        if found is None or not found[0]:
            raise NotComputable
        return found

    def outlier(self) -> bool:
        """Whether energy, fuel, water or materials changed by more than the rules take on trust."""
        groups: list[Callable[[str], bool]] = [
            lambda resource: resource not in ("water", "material"),
            lambda resource: resource not in ("water", "material", "electricity"),
            lambda resource: resource == "water",
            lambda resource: resource == "material",
        ]
        pairs = [pair for group in groups if (pair := self._sum(group)) is not None]
        return any(e > 0 and abs(e - a) > e * self.rules.outlier for e, a in pairs)

    def _sum(self, belongs: Callable[[str], bool]) -> tuple[Fraction, Fraction] | None:
        pairs = [pair for key, pair in self.pairs.items() if belongs(key[0])]
        if None in pairs:
            return None
        known = [pair for pair in pairs if pair is not None]
        return sum((e for e, _ in known), Fraction(0)), sum((a for _, a in known), Fraction(0))

    def _expected(self, flows: list[Data]) -> Fraction:
        sharing, total = self._sharing(flows), Fraction(0)
        for flow in flows:
            amount, code = self.rules.amount(flow, self.on), flow.get("product")
            if code:
                if code not in self.made:
                    raise NotComputable
                total += amount / self.made[code] * self.now.get(code, 0)
            elif amount:
                total += amount * self._weighed(sharing, self.now) / self._weighed(sharing, self.made)
        return total

    def _actual(self, flows: list[Data]) -> Fraction:
        """Products that the baseline does not hold are left out, with their part of what is shared."""
        metered, total = {flow["product"] for flow in flows if flow.get("product")}, Fraction(0)
        foreign = {code for code in self.new.keys() - self.old.keys() - metered if self.now[code] > 0}
        for flow in flows:
            amount, code = self.rules.amount(flow, self.on), flow.get("product")
            if not code:
                total += amount * self._own_share(flows, foreign) if amount else 0
            elif code in self.old:
                total += amount
            elif code not in self.new:
                raise NotComputable
        return total

    def _own_share(self, flows: list[Data], foreign: set[str]) -> Fraction:
        if not foreign:
            return Fraction(1)
        theirs = sum((weight(self.new[code]) * self.now[code] for code in foreign), Fraction(0))
        ours = sum((self._weight(c) * self.now.get(c, 0) for c in self._sharing(flows)), Fraction(0))
        return ours / (ours + theirs)

    def _sharing(self, flows: list[Data]) -> list[str]:
        """The products without a meter of their own, or all when each has one."""
        metered = {flow["product"] for flow in flows if flow.get("product")}
        return [code for code in self.old if code not in metered] or list(self.old)

    def _weighed(self, codes: list[str], outputs: Mapping[str, Fraction]) -> Fraction:
        if len(codes) == 1:
            return outputs.get(codes[0], Fraction(0))
        return sum((self._weight(code) * outputs.get(code, 0) for code in codes), Fraction(0))

    def _weight(self, code: str) -> Fraction:
        """The only product needs none."""
        product = self.old[code]
        return Fraction(1) if self.only and not Fraction(product.get("equivalence") or 0) else weight(product)

    def _price(self, flows: list[Data]) -> Fraction:
        """VND a kilogram at the baseline."""
        quantity = sum((self.rules.amount(flow, self.on) for flow in flows), Fraction(0))
        if not quantity or any(flow.get("cost_vnd") is None for flow in flows):
            raise NotComputable
        return Fraction(sum(flow["cost_vnd"] for flow in flows)) / quantity


def weight(product: Data) -> Fraction:
    value = product.get("equivalence")
    if value is None or Fraction(value) <= 0:
        raise NotComputable
    return Fraction(value)


def grouped(flows: Iterable[Data]) -> dict[tuple[str, str], list[Data]]:
    """By resource; materials by name too."""
    found: dict[tuple[str, str], list[Data]] = defaultdict(list)
    for flow in flows:
        found[flow["resource"], (flow.get("name") or "") if flow["resource"] == "material" else ""].append(
            flow
        )
    return found


def values_of(target: str, on: date, plan: Data, rows: list[Row]) -> dict[str, Value]:
    found = {}
    for code in TARGETS[target][0]:
        numerator, denominator = sum(row.counted[code] for row in rows), len(rows)
        if code == "K2b":
            pairs = [row.saving for row in rows if row.saving is not None]
            denominator = sum(expected for expected, _ in pairs)
            numerator = denominator - sum(actual for _, actual in pairs)
        steps = next((milestones(one) for one in plan["targets"] if one["code"] == code), [])
        due = next((one for one in steps if one[0] >= on.isoformat()), steps[-1] if steps else None)
        met = None if due is None or not denominator else numerator >= due[1] * denominator
        found[code] = Value(numerator, denominator, None if due is None else f"{float(due[1]):.2%}", met)
    return found


def said_of(values: Mapping[str, Value]) -> Data:
    """As the manifest says it."""
    return {
        code: {"numerator": one.numerator, "denominator": one.denominator, "value": one.exact, "met": one.met}
        for code, one in values.items()
    }


# What had been frozen


class Official(NamedTuple):
    """What was official by the moment asked for. `reason` is that of a correction."""

    id: str
    label: str
    by: str
    reason: str | None
    sha256: str
    reading: Data


def official_of(events: list[Event], plan: str, on: date) -> Official | None:
    """The last that was frozen of a plan and a day."""
    found = [e.data for e in events if e.type.startswith("official.") and e.on == on]
    held = [one for one in found if one["plan_id"] == plan]
    if not held:
        return None
    last = held[-1]
    return Official(
        last["official_id"], last["label"], last["by"], last.get("reason"), last["sha256"], last["reading"]
    )


def check_official(
    held: Official, logs: list[Log], rules: Data, values: Mapping[str, Value]
) -> Iterator[Problem]:
    """`logs` are those it rests on, as far as they are here."""
    reading = held.reading
    if hashlib.sha256(canonical(reading)).hexdigest() != held.sha256:
        yield Problem("official-altered", f"{held.id} does not have the hash that was recorded with it")
    all_of_it = True
    for log in logs:
        position, head = reading["position"].get(log.name, 0), reading["heads"].get(log.name)
        if position > log.commits or (head is not None and log.hashes.get(position) != head):
            yield Problem("official-of-others", f"{held.id} rests on other commits of {log.name} than these")
        all_of_it &= position == log.commits
    digest = hashlib.sha256(canonical(rules)).hexdigest()
    if not all_of_it or reading["rules"]["sha256"] != digest:
        return
    frozen = {one["code"]: (one["numerator"], one["denominator"]) for one in reading["targets"]}
    for code, value in values.items():
        if frozen[code] != (value.numerator, value.denominator):
            yield Problem("official-differs", f"{code}: {held.id} rests on these commits, with another value")


# The report, which the bundle holds as it is written here


class Found(NamedTuple):
    rules: Rules
    plan: Data
    logs: list[Log]
    rows: list[Row]
    values: dict[str, Value]
    official: Official | None

    @property
    def limits(self) -> list[tuple[str, str]]:
        return [log.limit for log in self.logs if log.limit]

    @property
    def complete(self) -> list[tuple[str, str]]:
        return [log.complete for log in self.logs if log.complete]


WORDS: dict[str, Data] = {
    "vi": {
        "title": "Báo cáo bằng chứng",
        "asked": "Giá trị ngày {on}, theo những gì đã được ghi đến {known_at}.",
        "head": "| | Giá trị | | Mục tiêu | Đạt |",
        "met": {True: "có", False: "không", None: "–"},
        "plan": "- Kế hoạch: {name} ({id}; {source})",
        "rules": "- Quy tắc: {key}; {count} hệ số: {source}",
        "logs": "### Nhật ký",
        "log": "- {0.name}: {0.commits} bản ghi, mã băm cuối `{0.head}`; {0.signed} bản ghi đã ký lúc "
        "{0.signed_at} bằng khóa `{0.key}`; đến thời điểm được hỏi đã ký {0.before}",
        "unsigned": "- {0.name}: {0.commits} bản ghi; chưa bao giờ được ký",
        "complete": "### Điều cho thấy không thiếu bản ghi nào",
        "official": "### Giá trị chính thức",
        "frozen": "- {code}: {value}, theo “{label}”, {by} chốt lúc {at}",
        "corrects": "- Đính chính, vì: {}",
        "limits": "### Điều không chữ ký nào xác nhận",
    },
    "en": {
        "title": "Report on the evidence",
        "asked": "The value on {on}, by what had been recorded up to {known_at}.",
        "head": "| | Value | | Target | Met |",
        "met": {True: "yes", False: "no", None: "–"},
        "plan": "- Plan: {name} ({id}; {source})",
        "rules": "- Rules: {key}; {count} factors: {source}",
        "logs": "### Logs",
        "log": "- {0.name}: {0.commits} commits, last hash `{0.head}`; {0.signed} commits were signed at "
        "{0.signed_at} with the key `{0.key}`; {0.before} had been signed by the moment asked for",
        "unsigned": "- {0.name}: {0.commits} commits; never signed",
        "complete": "### What shows that no commit is left out",
        "official": "### Official value",
        "frozen": "- {code}: {value}, as “{label}”, frozen by {by} at {at}",
        "corrects": "- A correction, because: {}",
        "limits": "### What no signature confirms",
    },
}


def report(manifest: Data, found: Found) -> str:
    lines = [f"# {manifest['target']} · {manifest['on']} · {manifest['known_at']}", ""]
    for number, (language, words) in enumerate(WORDS.items()):
        lines += [f"## {words['title']}", "", words["asked"].format(**manifest), ""]
        lines += [*_values_shown(found.values, words), "", *_sources_shown(found, words, language)]
        limits = [f"- {limit[number]}" for limit in found.limits] or ["–"]
        complete = [f"- {one[number]}" for one in found.complete] or ["–"]
        lines += ["", words["official"], "", *(_official_shown(found, words) or ["–"])]
        lines += ["", words["complete"], "", *complete, "", words["limits"], "", *limits, ""]
    heads = " | ".join(found.values)
    lines += ["## Cơ sở, đơn vị · Facilities, units", ""]
    lines += [f"| | | {heads} | dự kiến → thực tế · expected → actual, TOE |"]
    lines += ["|---" * (3 + len(found.values)) + "|"]
    for row in found.rows:
        marks = " | ".join("x" if row.counted[code] else "" for code in found.values)
        saving = "" if row.saving is None else f"{row.saving[0] / 1e6:.3f} → {row.saving[1] / 1e6:.3f}"
        lines.append(f"| {row.unit} | {row.name} | {marks} | {saving} |")
    return "\n".join(lines) + "\n"


def _values_shown(values: Mapping[str, Value], words: Data) -> Iterator[str]:
    yield from (words["head"], "|---|---|---|---|---|")
    for code, one in values.items():
        share = f"{one.numerator / one.denominator:.4%}" if one.denominator else "–"
        yield f"| {code} | {one.exact or '–'} | {share} | {one.target or '–'} | {words['met'][one.met]} |"


def _official_shown(found: Found, words: Data) -> list[str]:
    held = found.official
    if held is None:
        return []
    values = {one["code"]: one["value"] for one in held.reading["targets"]}
    at = held.reading["read_at"]
    lines = [
        words["frozen"].format(code=code, value=values[code] or "–", label=held.label, by=held.by, at=at)
        for code in found.values
    ]
    return [*lines, words["corrects"].format(held.reason)] if held.reason else lines


def _sources_shown(found: Found, words: Data, language: str) -> Iterator[str]:
    plan, rules = found.plan, found.rules
    yield words["plan"].format(name=plan["name"][language], id=plan["id"], source=plan["source"])
    yield words["rules"].format(key=rules.key, count=rules.factors, source=rules.source)
    yield from ("", words["logs"], "")
    yield from (words["unsigned" if log.signed is None else "log"].format(log) for log in found.logs)


# All of it


def work_out(
    files: Files, manifest: Data, keys: Mapping[tuple[str, bytes], bytes], problems: list[Problem]
) -> Found:
    """Adds to `problems` what speaks against logs, rules and plan. Raises `Rejected` when there is nothing to
    work with."""
    target, on = manifest["target"], date.fromisoformat(manifest["on"])
    known_at = moment(manifest["known_at"])
    if target not in TARGETS or known_at.tzinfo is None:
        raise Rejected("manifest-unreadable", f"{target} at {known_at} is nothing that can be checked")
    logs, official = list[Log](), None
    for name in TARGETS[target][1]:
        wanted = official.reading["position"].get(name) if official else None
        try:
            log = check_log(files, name, manifest["logs"][name], known_at, keys, wanted)
            if name == "kpi":
                official = official_of(log.events, manifest["plan"], on)
        except Rejected as rejected:
            problems.append(rejected.problem)
        else:
            logs.append(log)
    data, plan = files.json(RULES), files.json(PLAN)
    rules = Rules(data)
    problems += check_known("rules", rules.key, data)
    if (rules.key, plan["id"]) != (manifest["rules"], manifest["plan"]):
        problems.append(Problem("rules-differ", f"the manifest names others than {rules.key}, {plan['id']}"))
    by_name = {log.name: log.events for log in logs}
    if "registry" in by_name:
        problems += check_plan(plan, by_name["registry"])
    if len(logs) < len(TARGETS[target][1]):
        raise Rejected("value-unchecked", "the value can not be worked out from logs that do not hold")
    rows = World(rules, plan, by_name).rows(target, on)
    values = values_of(target, on, plan, rows)
    if official is not None:
        problems += check_official(official, logs[1:], data, values)
    return Found(rules, plan, logs, rows, values, official)


def check(path: Path, trusted: str | None = None) -> Verdict:
    """`trusted` are the lines of keys to believe; without them, those in the bundle are."""
    problems: list[Problem] = []
    try:
        files = Files(path)
        manifest = files.json(MANIFEST)
        if manifest["format"] != FORMAT:
            raise Rejected("manifest-unreadable", f"this program reads {FORMAT}, not {manifest['format']}")
        problems += check_files(files, manifest)
        keys = keys_of(files.read(KEYS).decode() if trusted is None else trusted)
        found = work_out(files, manifest, keys, problems)
        said, worked_out = manifest["values"], said_of(found.values)
        for code in sorted(said.keys() | worked_out.keys()):
            for name in ("numerator", "denominator", "value", "met"):
                one, two = (of.get(code, {}).get(name) for of in (said, worked_out))
                if one != two:
                    problems.append(Problem("value-differs", f"{code}: the {name} is {two}, not {one}"))
        if files.read(REPORT).decode("utf-8", "replace") != report(manifest, found):
            problems.append(Problem("report-differs", f"{REPORT} does not say what was found here"))
        return Verdict(problems, found.limits, found.values, found.complete)
    except Rejected as rejected:
        return Verdict([*problems, rejected.problem], [], {}, [])
    except (
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        ArithmeticError,
        RuntimeError,  # of a zip file: a password, or a method that is not known here
        EOFError,
        zlib.error,
        zipfile.BadZipFile,
        OSError,
    ) as error:
        return Verdict([*problems, Problem("unreadable", f"{type(error).__name__}: {error}")], [], {}, [])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Checks an evidence bundle.")
    parser.add_argument("bundle", type=Path, help="the zip file, or the folder it was unpacked into")
    parser.add_argument("--keys", type=Path, help="public keys that you have from elsewhere, one a line")
    asked = parser.parse_args(arguments)
    verdict = check(asked.bundle, asked.keys.read_text("utf-8") if asked.keys else None)
    out = sys.stdout.write
    for problem in verdict.problems:
        out(f"REJECTED {problem.what}: {problem.detail}\n")
    if verdict.problems:
        return 1
    out("ACCEPTED\n")
    for code, value in verdict.values.items():
        out(f"  {code} = {value.exact or 'no value'}, met: {value.met}\n")
    for _, shown in verdict.complete:
        out(f"  nothing left out of {shown}\n")
    for _, limit in verdict.limits:
        out(f"  not confirmed by any signature: {limit}\n")
    if asked.keys is None:
        out("  The keys are those in the bundle: compare them with some from elsewhere (--keys).\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
