"""The jars of Apache Kafka: what `deploy/kafka/pom.xml` pins, fetched once by Maven into a cache folder.

`python -m deploy.sxsh.servers.jars` fetches them beforehand.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree

from deploy.sxsh.servers.programs import maven_program
from deploy.sxsh.trouble import Trouble

POM = Path(__file__).resolve().parents[2] / "kafka" / "pom.xml"
#: Some 60 MB the first time.
FETCH_SECONDS = 600.0


def kafka_version() -> str:
    root = ElementTree.parse(POM).getroot()  # noqa: S314 -- a file of this project
    found = root.findtext(".//{*}kafka.version")
    assert found is not None, f"{POM} pins no version"
    return found


def cache_folder() -> Path:
    """`SXSH_CACHE`, or `sxsh` in the user's cache folder."""
    given = os.environ.get("SXSH_CACHE")
    return Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "sxsh")


def jars_folder() -> Path:
    """Where they are, or would be: another for each content of the pom."""
    return cache_folder() / f"kafka-{kafka_version()}-{sha256(POM.read_bytes()).hexdigest()[:8]}"


def kafka_jars(say: Callable[[str], object] = lambda _: None) -> Path:
    """The folder of the jars, fetched when they are not there yet. Raises `Trouble`."""
    folder = jars_folder()
    if not folder.is_dir():
        say(f"fetching Apache Kafka {kafka_version()} into {folder} (once)")
        _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    """All of them or none: who is killed half way leaves a folder that nobody looks at."""
    program = maven_program()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetching-") as making:
        jars = Path(making, "jars")
        command = [
            *(str(program), "-B", "-ntp", "-q", "--strict-checksums", "-f", str(POM)),
            "dependency:copy-dependencies",
            *("-DincludeScope=runtime", f"-DoutputDirectory={jars}"),
        ]
        try:
            ran = subprocess.run(  # noqa: S603
                command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise Trouble(f"mvn did not fetch Apache Kafka in {FETCH_SECONDS:.0f} s. Try again.") from None
        if ran.returncode != 0:
            said = "\n".join((ran.stdout + ran.stderr).strip().splitlines()[:6])
            raise Trouble(
                f"mvn could not fetch Apache Kafka {kafka_version()}. It needs Maven Central, or a mirror of "
                f"it in ~/.m2/settings.xml. It said:\n{said}"
            )
        if not folder.is_dir():
            shutil.move(jars, folder)


if __name__ == "__main__":
    try:
        kafka_jars(lambda what: sys.stdout.write(f"{what}\n"))
    except Trouble as trouble:
        sys.exit(trouble.message)
