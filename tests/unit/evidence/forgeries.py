"""Bundles as forgers alter them. All but the clumsy put the manifest's hashes right again."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.sxsh.evidence import verifier
from services.eventkit.proof.notes import Checkpoint, Signer, opened
from tests.unit.evidence.made import MadeSource

MANIFEST = "manifest.json"
EVENTS = "events/registry.jsonl"
PROOF = "proofs/registry.json"


class Forged:
    """A bundle that can be written to. `source` is what a forger with access to the system knows."""

    def __init__(self, path: Path, source: MadeSource) -> None:
        with zipfile.ZipFile(path) as file:
            self.files = {name: file.read(name) for name in file.namelist()}
        self.source = source
        self.twice: list[str] = []

    def json(self, name: str) -> Any:
        return json.loads(self.files[name])

    def put(self, name: str, content: Any) -> None:
        self.files[name] = verifier.canonical(content)

    def manifest(self, **changed: Any) -> None:
        self.put(MANIFEST, {**self.json(MANIFEST), **changed})

    def lines(self) -> list[bytes]:
        return self.files[EVENTS].splitlines()

    def put_lines(self, lines: list[bytes]) -> None:
        """With the manifest's count and last hash as they are then."""
        self.files[EVENTS] = b"".join(line + b"\n" for line in lines)
        logs = self.json(MANIFEST)["logs"]
        logs["registry"] = {"commits": len(lines), "head": hashlib.sha256(lines[-1]).hexdigest()}
        self.manifest(logs=logs)

    def rechain(self, commits: list[Any]) -> None:
        """As a whole chain again, as somebody would who can write to the database."""
        lines, prev = [], "0" * 64
        for position, commit in enumerate(commits, start=1):
            lines.append(verifier.canonical({**commit, "position": position, "prev": prev}))
            prev = hashlib.sha256(lines[-1]).hexdigest()
        self.put_lines(lines)

    def commits(self) -> list[Any]:
        return [json.loads(line) for line in self.lines()]

    def proof(self, **changed: Any) -> None:
        self.put(PROOF, {**self.json(PROOF), **changed})

    def values(self, **changed: Any) -> None:
        values = self.json(MANIFEST)["values"]
        values["K2a"] |= changed
        self.manifest(values=values)

    def renamed(self) -> None:
        """The manifest names the files as they are."""
        files = {n: hashlib.sha256(c).hexdigest() for n, c in self.files.items() if n != MANIFEST}
        self.manifest(files=files)

    def write(self, path: Path) -> Path:
        with zipfile.ZipFile(path, "w") as file:
            for name, content in self.files.items():
                file.writestr(name, content)
            for name in self.twice:
                file.writestr(name, self.files[name])
        return path


Act = Callable[[Forged], None]


class Forgery(NamedTuple):
    """`what` and a part of `detail` are to be among the reasons."""

    act: Act
    what: str
    detail: str
    clumsy: bool = False


def _line(number: int, change: Callable[[Any], None]) -> Act:
    """The commit altered in place; the chain is left as it was."""

    def act(forged: Forged) -> None:
        lines = forged.lines()
        commit = json.loads(lines[number])
        change(commit)
        lines[number] = verifier.canonical(commit)
        forged.put_lines(lines)

    return act


def _kind(commit: Any) -> None:
    commit["events"][0]["occurred_on"] = "2011-01-01"


def _time(commit: Any) -> None:
    commit["recorded_at"] = "2014-12-01T00:00:00Z"


def _lines(change: Callable[[list[bytes]], list[bytes]]) -> Act:
    return lambda forged: forged.put_lines(change(forged.lines()))


def _rewritten(forged: Forged) -> None:
    commits = forged.commits()
    commits[5]["events"][0]["occurred_on"] = "2011-01-01"
    forged.rechain(commits)


def _resigned(forged: Forged) -> None:
    """The whole chain written anew, signed by the forger's own key, which is put among the keys."""
    _rewritten(forged)
    key = Ed25519PrivateKey.generate()
    tree = verifier.Tree()
    for line in forged.lines():
        tree.add(line)
    signer = Signer("sxsh/registry/2019", key)
    made = Checkpoint("sxsh/registry", tree.size, tree.root(), forged.source.history.clock)
    note = signer.sign(made.text())
    forged.proof(checkpoint=note, checkpoint_before=None, consistency=[], next=None, inclusion=[])
    others = [str(one.verifier) for name, one in forged.source.signers.items() if name != "registry"]
    forged.files["keys.txt"] = "".join(f"{line}\n" for line in [str(signer.verifier), *others]).encode()


def _tail(forged: Forged) -> None:
    """The last commits left out, with proofs that the system itself would give of the rest."""
    lines = forged.lines()
    kept, size = len(lines) - 3, forged.source.notes["registry"][-1]["size"]
    forged.put_lines(lines[:kept])
    forged.proof(
        consistency=forged.source.consistency("registry", kept, size),
        next=lines[kept].decode(),
        inclusion=forged.source.inclusion("registry", kept + 1, size),
        checkpoint_before=None,
    )


def _tail_hidden(forged: Forged) -> None:
    _tail(forged)
    forged.proof(next=None, inclusion=[])


def _root(forged: Forged) -> None:
    """Another root in the note, the signature left as it was."""
    note = forged.json(PROOF)["checkpoint"]
    lines = note.split("\n")
    lines[2] = base64.b64encode(hashlib.sha256(b"another").digest()).decode()
    forged.proof(checkpoint="\n".join(lines))


def _signature(forged: Forged) -> None:
    text, _, line = forged.json(PROOF)["checkpoint"].rstrip("\n").rpartition(" ")
    blob = bytearray(base64.b64decode(line))
    blob[20] ^= 1
    forged.proof(checkpoint=f"{text} {base64.b64encode(bytes(blob)).decode()}\n")


def _foreign_key(forged: Forged) -> None:
    signer = forged.source.signers["registry"]
    text = opened(forged.json(PROOF)["checkpoint"], [signer.verifier])[0]
    forged.proof(checkpoint=Signer("sxsh/registry/2030", Ed25519PrivateKey.generate()).sign(text))


def _other_log(forged: Forged) -> None:
    forged.proof(checkpoint=forged.source.notes["audits"][-1]["note"])


def _earlier_checkpoint(forged: Forged) -> None:
    notes = forged.source.notes["registry"]
    forged.proof(checkpoint=notes[0]["note"], consistency=[])


def _later_as_before(forged: Forged) -> None:
    forged.proof(checkpoint_before=forged.source.notes["registry"][-1]["note"])


def _path(name: str, change: Callable[[list[str]], list[str]]) -> Act:
    return lambda forged: forged.proof(**{name: change(forged.json(PROOF)[name])})


def _rule(name: str, value: Any) -> Act:
    return lambda forged: forged.put("rules.json", {**forged.json("rules.json"), name: value})


def _factor(forged: Forged) -> None:
    rules = forged.json("rules.json")
    rules["factors"][0]["toe"] = "0.0001544"
    forged.put("rules.json", rules)


def _plan(forged: Forged) -> None:
    plan = forged.json("plan.json")
    plan["targets"][1]["milestones"][0]["value"] = "0.05"
    forged.put("plan.json", plan)


def _file(name: str, content: bytes | None) -> Act:
    def act(forged: Forged) -> None:
        if content is None:
            del forged.files[name]
        else:
            forged.files[name] = content

    return act


def _report(forged: Forged) -> None:
    forged.files["report.md"] = forged.files["report.md"].replace("không".encode(), "có".encode(), 1)


def _program(forged: Forged) -> None:
    forged.files["verify.py"] += b"\nprint('ACCEPTED')\n"


def _twice(forged: Forged) -> None:
    forged.twice.append(EVENTS)


def _added(lines: list[bytes]) -> list[bytes]:
    commit = json.loads(lines[3])
    return [*lines[:4], verifier.canonical({**commit, "position": 5}), *lines[4:]]


def _official(forged: Forged) -> None:
    """Another figure in what was frozen, with the hash that it should have."""
    name = "events/kpi.jsonl"
    commit = json.loads(forged.files[name])
    data = commit["events"][0]["data"]
    data["reading"]["targets"][1]["numerator"] += 1
    data["sha256"] = hashlib.sha256(verifier.canonical(data["reading"])).hexdigest()
    line = verifier.canonical(commit)
    forged.files[name] = line + b"\n"
    logs = forged.json(MANIFEST)["logs"]
    forged.manifest(logs={**logs, "kpi": {"commits": 1, "head": hashlib.sha256(line).hexdigest()}})


def _not_official(forged: Forged) -> None:
    forged.files["events/kpi.jsonl"] = b""
    logs = forged.json(MANIFEST)["logs"]
    forged.manifest(logs={**logs, "kpi": {"commits": 0, "head": "0" * 64}})


FORGERIES: dict[str, Forgery] = {
    "an event changed": Forgery(_line(5, _kind), "chain-altered", "commit 7 does not follow commit 6"),
    "a commit removed": Forgery(_lines(lambda x: x[:6] + x[7:]), "chain-position", "commit 7 is missing"),
    "a commit added": Forgery(_lines(_added), "chain-altered", "commit 5 does not follow commit 4"),
    "a commit repeated": Forgery(_lines(lambda x: x[:6] + x[5:]), "chain-position", "followed by 6"),
    "two commits swapped": Forgery(
        _lines(lambda x: [*x[:5], x[6], x[5], *x[7:]]), "chain-position", "commit 6 is missing"
    ),
    "all commits in another order": Forgery(
        _lines(lambda x: x[::-1]), "chain-position", "commit 1 is missing"
    ),
    "a time of record moved": Forgery(_line(8, _time), "time-backward", "commit 9"),
    "a line that is no commit": Forgery(
        _lines(lambda x: [*x[:3], b"{}", *x[4:]]), "chain-unreadable", "line 4"
    ),
    "the chain written anew": Forgery(_rewritten, "not-what-was-signed", "registry"),
    "the chain written anew and signed by another": Forgery(_resigned, "key-unknown", "registry"),
    "the tail left out": Forgery(_tail, "incomplete", "is left out"),
    "the tail left out and what follows hidden": Forgery(_tail_hidden, "cut-off", "registry"),
    "the last line cut off": Forgery(
        lambda f: f.files.update({EVENTS: f.files[EVENTS][:-20]}), "file-cut", "registry"
    ),
    "a root that was not signed": Forgery(_root, "signature", "does not fit"),
    "a signature altered": Forgery(_signature, "signature", "does not fit"),
    "a key that nobody knows": Forgery(_foreign_key, "key-unknown", "registry"),
    "a checkpoint of another log": Forgery(_other_log, "checkpoint-of-another-log", "sxsh/audits"),
    "a checkpoint of fewer commits": Forgery(_earlier_checkpoint, "not-signed", "only 10"),
    "a later checkpoint said to be earlier": Forgery(_later_as_before, "checkpoint-later", "registry"),
    "no checkpoint": Forgery(lambda f: f.proof(checkpoint=None), "not-signed", "no checkpoint"),
    "a proof of consistency cut short": Forgery(
        _path("consistency", lambda x: x[:-1]), "proof-malformed", "consistency is too short"
    ),
    "a proof of consistency with more": Forgery(
        _path("consistency", lambda x: [*x, x[0]]), "proof-malformed", "consistency is too long"
    ),
    "a proof of consistency of another tree": Forgery(
        _path("consistency", lambda x: [*x[:-1], x[0]]), "not-what-was-signed", "begin"
    ),
    "a proof of inclusion cut short": Forgery(
        _path("inclusion", lambda x: x[:-1]), "proof-malformed", "inclusion is too short"
    ),
    "a proof of inclusion of another commit": Forgery(
        _path("inclusion", lambda x: [x[-1], *x[1:]]), "not-what-was-signed", "the next commit"
    ),
    "a threshold changed": Forgery(_rule("outlier_limit", "0.90"), "rules-altered", "sxsh-2016@2"),
    "the scope changed": Forgery(_rule("suspended_grace_months", 1), "rules-altered", "sxsh-2016@2"),
    "a factor changed": Forgery(_factor, "rules-altered", "sxsh-2016@2"),
    "rules of another version": Forgery(_rule("version", "3"), "rules-unknown", "sxsh-2016@3"),
    "a target of the plan changed": Forgery(_plan, "plan-altered", "nb-1051-2016"),
    "a value changed": Forgery(lambda f: f.values(value="99/100"), "value-differs", "K2a: the value"),
    "a numerator changed": Forgery(lambda f: f.values(numerator=99), "value-differs", "K2a: the numerator"),
    "a denominator changed": Forgery(
        lambda f: f.values(denominator=99), "value-differs", "K2a: the denominator"
    ),
    "a verdict changed": Forgery(lambda f: f.values(met=None), "value-differs", "K2a: the met"),
    "an indicator left out": Forgery(lambda f: f.manifest(values={}), "value-differs", "K2b: the value"),
    "another day": Forgery(lambda f: f.manifest(on="2016-12-31"), "value-differs", "K2a"),
    "a later moment": Forgery(
        lambda f: f.manifest(known_at="2030-01-01T00:00:00Z"), "incomplete", "registry"
    ),
    "an earlier moment": Forgery(
        lambda f: f.manifest(known_at="2016-01-01T00:00:00Z"), "known-later", "registry"
    ),
    "another target": Forgery(lambda f: f.manifest(target="K9"), "manifest-unreadable", "K9"),
    "another official value": Forgery(_official, "not-what-was-signed", "kpi"),
    "an official value left out": Forgery(_not_official, "cut-off", "kpi"),
    "the report altered": Forgery(_report, "report-differs", "report.md"),
    "the program altered": Forgery(_program, "program-altered", "verify.py"),
    "a file missing": Forgery(_file("plan.json", None), "file-missing", "plan.json"),
    "a file missing that the manifest names": Forgery(
        _file("report.md", None), "file-missing", "report.md", clumsy=True
    ),
    "a file added": Forgery(_file("note.txt", b"x"), "file-extra", "note.txt", clumsy=True),
    "a file twice": Forgery(_twice, "file-extra", "2 times"),
    "a file altered": Forgery(_report, "file-altered", "report.md", clumsy=True),
    "the keys exchanged": Forgery(
        lambda f: f.files.update({"keys.txt": b"sxsh/registry/2019+00000000+AAAA\n"}),
        *("file-altered", "keys.txt", True),
    ),
    "a manifest that is none": Forgery(_file(MANIFEST, b"[]"), "unreadable", "", clumsy=True),
    "a bundle that is none": Forgery(lambda f: f.files.clear(), "file-missing", "manifest.json", clumsy=True),
}
