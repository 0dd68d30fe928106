"""Looks in the files of the repository for what should be in none of them: `python -m tests.secret_scan`.

By detect-secrets, in all that git has or would take. What looks like one and is none stands in
`known_secrets.yaml` by file and hash, with the reason.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import yaml
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings

ROOT = Path(__file__).resolve().parents[1]
KNOWN = Path(__file__).with_name("known_secrets.yaml")


class Found(NamedTuple):
    """`hash` is the SHA-1 of what looks like a secret, which is shown nowhere."""

    file: str
    hash: str
    line: int
    kind: str


def files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def in_file(path: Path) -> list[tuple[str, int, str]]:
    """Hash, line and kind of each."""
    with default_settings():
        return [(each.secret_hash, each.line_number, each.type) for each in scan_file(str(path))]


def in_files(names: Sequence[str]) -> list[Found]:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        scanned = pool.map(in_file, [ROOT / name for name in names], chunksize=8)
        of_each = list(zip(names, scanned, strict=True))
    return sorted({Found(name, *each) for name, found in of_each for each in found})


def known() -> set[tuple[str, str]]:
    """(file, hash). Raises ValueError for one without a reason."""
    told = yaml.safe_load(KNOWN.read_text("utf-8"))
    for each in told:
        if len(each["why"].split()) < 3:
            raise ValueError(f"{KNOWN.name}: {each['file']} has no reason")
    return {(each["file"], hash_) for each in told for hash_ in each["hashes"]}


def main() -> int:
    found, expected = in_files(files()), known()
    new = [each for each in found if (each.file, each.hash) not in expected]
    for each in new:
        sys.stdout.write(f"{each.file}:{each.line}: {each.kind} ({each.hash})\n")
    gone = sorted(expected - {(each.file, each.hash) for each in found})
    for file, hash_ in gone:
        sys.stdout.write(f"{KNOWN.name}: {file} has no {hash_} any more\n")
    if new:
        sys.stdout.write(
            "That looks like a secret. If it is one, it is known by now: withdraw it, and give its successor "
            "by a file that git does not see (deploy/secrets.sh). "
            f"If it is none, say why in tests/{KNOWN.name}.\n"
        )
    return 1 if new or gone else 0


if __name__ == "__main__":
    sys.exit(main())
