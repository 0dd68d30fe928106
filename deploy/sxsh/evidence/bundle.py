"""Gathers an evidence bundle, works the value out of it as its reader will, writes it only if it holds."""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from deploy.sxsh.evidence import verifier
from deploy.sxsh.evidence.sources import Answer, Source
from deploy.sxsh.trouble import Trouble

#: Commits asked for at once; seconds to wait for a checkpoint that covers what was recorded last.
PAGE, PATIENCE = 5000, 300.0
#: Of a plan as /plans answers it: what it is judged by.
PLAN_FIELDS = ("id", "name", "source", "start", "due", "territory", "targets")


class Asked(NamedTuple):
    """`known_at` is an instant with its offset, or a day for its end; `plan` None: the service's own."""

    target: str
    on: str
    known_at: str
    plan: str | None = None


class Progress(Protocol):
    def say(self, what: str) -> None: ...
    def count(self, what: str, done: int, total: int) -> None: ...


def write(source: Source, asked: Asked, keys: str, path: Path, progress: Progress) -> verifier.Verdict:
    """Writes the bundle to `path`, which is there whole or not at all. `keys` are the public keys of the
    checkpoints, one a line. Raises `Trouble`: also when the value worked out from the events is not what the
    system reads, for then one of the two is wrong."""
    with tempfile.TemporaryDirectory(prefix="evidence-") as folder:
        gather(source, asked, keys, Path(folder), progress)
        progress.say("checking")
        partial = path.with_name(f".{path.name}.part")
        try:
            pack(Path(folder), partial)
            verdict = verifier.check(partial, keys)
            if verdict.problems:
                said = "\n  ".join(f"{one.what}: {one.detail}" for one in verdict.problems)
                raise Trouble(f"What was gathered does not hold, so no bundle was written:\n  {said}")
            partial.replace(path)
        except OSError as error:
            raise Trouble(f"{path} cannot be written: {error.strerror}.") from None
        finally:
            partial.unlink(missing_ok=True)
    return verdict


def gather(source: Source, asked: Asked, keys: str, folder: Path, progress: Progress) -> None:
    """Every file of the bundle, in `folder`."""
    progress.say("reading the value")
    reading = source.reading(asked.on, asked.known_at, asked.plan)
    rules = source.rules()
    key = f"{reading['rules']['id']}@{reading['rules']['version']}"
    if (rules["id"], rules["version"]) != tuple(reading["rules"].values()):
        raise Trouble("The rules changed while the evidence was gathered. Ask again.")
    plan = source.plan(reading["plan"]["id"], asked.known_at)
    _write(folder, verifier.RULES, verifier.canonical(rules["content"]))
    _write(folder, verifier.PLAN, verifier.canonical({name: plan[name] for name in PLAN_FIELDS}))
    _write(folder, verifier.KEYS, "".join(f"{line}\n" for line in keys.splitlines() if line.strip()).encode())
    _write(folder, verifier.PROGRAM, Path(verifier.__file__).read_bytes())
    manifest: dict[str, Any] = {
        "format": verifier.FORMAT,
        "target": asked.target,
        "on": reading["as_of"],
        "known_at": reading["known_at"],
        "plan": plan["id"],
        "rules": key,
        "values": _values(asked.target, reading),
        "logs": {
            log: _log(source, log, reading, folder, progress) for log in verifier.TARGETS[asked.target][1]
        },
        "files": {},
    }
    problems: list[verifier.Problem] = []
    progress.say("working the value out")
    try:
        found = verifier.work_out(verifier.Files(folder), manifest, verifier.keys_of(keys), problems)
    except verifier.Rejected as rejected:
        problems.append(rejected.problem)
    if problems:
        said = "\n  ".join(f"{one.what}: {one.detail}" for one in problems)
        raise Trouble(f"What was gathered does not hold, so no bundle was written:\n  {said}")
    _write(folder, verifier.REPORT, verifier.report(manifest, found).encode())
    manifest["files"] = {name: verifier.Files(folder).sha256(name) for name in verifier.Files(folder).names()}
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False)
    _write(folder, verifier.MANIFEST, f"{text}\n".encode())


def _values(target: str, reading: Answer) -> Answer:
    """As the system reads them."""
    found = {one["code"]: one for one in reading["targets"]}
    names = ("numerator", "denominator", "value", "met")
    return {code: {name: found[code][name] for name in names} for code in verifier.TARGETS[target][0]}


def _log(source: Source, log: str, reading: Answer, folder: Path, progress: Progress) -> Answer:
    """Writes the commits of a log recorded by the moment, with their proofs; what the manifest says of it."""
    known_at, expected = reading["known_at"], reading["position"].get(log)
    count, head, following = 0, verifier.GENESIS, None
    (folder / "events").mkdir(exist_ok=True)
    with (folder / "events" / f"{log}.jsonl").open("wb") as file:
        for line in _commits(source, log):
            if _recorded_at(line) > datetime.fromisoformat(known_at):
                following = line
                break
            file.write(line + b"\n")
            count, head = count + 1, hashlib.sha256(line).hexdigest()
            if count % PAGE == 0 or count == expected:
                progress.count(log, count, expected or count)
    if expected is not None and count != expected:
        raise Trouble(
            f"The system read {expected} commits of {log}, and {count} had been recorded by {known_at}: "
            "something was being recorded. Ask again."
        )
    checkpoint = _covering(source, log, count + (following is not None), progress)
    size = checkpoint["size"] if checkpoint else 0
    proof = {
        "checkpoint": checkpoint and checkpoint["note"],
        "checkpoint_before": _before(source, log, count, known_at),
        "consistency": source.consistency(log, count, size) if 0 < count < size else [],
        "next": None if following is None else following.decode(),
        "inclusion": [] if following is None else source.inclusion(log, count + 1, size),
    }
    _write(folder, f"proofs/{log}.json", json.dumps(proof, indent=1, ensure_ascii=False).encode())
    return {"commits": count, "head": head}


def _commits(source: Source, log: str) -> Iterator[bytes]:
    after = 0
    while lines := source.lines(log, after, PAGE):
        yield from lines
        after += len(lines)


def _recorded_at(line: bytes) -> datetime:
    return datetime.fromisoformat(json.loads(line)["recorded_at"])


def _covering(source: Source, log: str, size: int, progress: Progress) -> Answer | None:
    """A checkpoint of at least so many commits: the last one, once it is."""
    end = time.monotonic() + PATIENCE
    while True:
        found = source.latest(log)
        if (found["size"] if found else 0) >= size:
            return found
        if time.monotonic() > end:
            raise Trouble(
                f"The last commits of {log} were not signed within {PATIENCE:g} s. See that its relay runs, "
                "with CHECKPOINT_KEY_FILE."
            )
        progress.say(f"waiting until {log} signs its last commits")
        time.sleep(0.5)


def _before(source: Source, log: str, count: int, known_at: str) -> str | None:
    """The last checkpoint signed by a moment, of no more than `count` commits."""
    best, cursor = None, None
    while True:
        page = source.checkpoints(log, cursor)
        for one in page["items"]:
            if one["size"] > count or datetime.fromisoformat(one["at"]) > datetime.fromisoformat(known_at):
                return best
            best = str(one["note"])
        cursor = page["next"]
        if cursor is None:
            return best


def _write(folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def pack(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name in verifier.Files(folder).names():
            file.write(folder / name, name)
