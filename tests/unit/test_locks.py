"""What an operator would lose: that what was tested and looked at is what runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "deploy/requirements.lock", "fonts.lock")
_LOCKED = re.compile(r"([a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==([A-Za-z0-9.!+_-]+)(?: ; [^\\]+)?")


def locked(lock: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Version and hashes by package; each line must be of one."""
    lines = [line for line in (ROOT / lock).read_text().splitlines() if not line.lstrip().startswith("#")]
    text = "\n".join(lines).replace("\\\n", " ")
    packages: dict[str, tuple[str, frozenset[str]]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        pinned, *hashes = re.split(r"\s+--hash=", line)
        match = _LOCKED.fullmatch(pinned.strip())
        assert match is not None, f"{lock}: {pinned} is not pinned to one version"
        assert hashes and all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), (
            f"{lock}: {pinned}"
        )
        assert match[1] not in packages, f"{lock}: {match[1]} stands in it twice"
        packages[match[1]] = (match[2], frozenset(hashes))
    return packages


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_of_one_version_and_of_known_bytes(lock: str) -> None:
    assert locked(lock)


def test_the_image_is_given_what_was_tested_to_the_byte() -> None:
    tested, image = locked("requirements.lock"), locked("deploy/requirements.lock")
    assert image.items() <= tested.items()
    assert len(image) < len(tested)


def test_what_pages_load_is_of_known_bytes_too() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, package in packages.items():
        if name:
            assert re.fullmatch(r"\d+\.\d+\.\d+[A-Za-z0-9.-]*", package["version"]), name
            assert package["integrity"].startswith("sha512-"), name
    wanted = json.loads((ROOT / "package.json").read_text())
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert packages[f"node_modules/{name}"]["version"] == version


def test_the_jars_of_kafka_are_of_one_version() -> None:
    text = (ROOT / "deploy" / "kafka" / "pom.xml").read_text()
    versions = [each for each in re.findall(r"<(?:kafka\.)?version>([^<]+)<", text) if "$" not in each]
    assert all(re.fullmatch(r"\d+(\.\d+)*", each) for each in versions), versions
