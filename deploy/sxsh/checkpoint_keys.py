"""The keys that sign the checkpoints of the local system: the present one, and the public part of all before.

`<name>.pem` is the present private key, to which the link `current` leads. Each `<name>.pub` stays for ever,
so that what an earlier key signed can be verified when the key itself is gone.
"""

from __future__ import annotations

import base64
import re
from itertools import count
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import write_private
from services.eventkit.proof.notes import VerifierKey

FIRST = "local"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class CheckpointKeys:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        #: For CHECKPOINT_KEY_FILE: a relay follows the link at each checkpoint.
        self.current = folder / "current"

    def ensure(self) -> None:
        """Make the first key if there is none."""
        if not self.current.exists():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Where the only key stood before there were several.
            earlier = self.folder.parent / "local.pem"
            self._take(self._unused(), _read(earlier) if earlier.exists() else Ed25519PrivateKey.generate())
            earlier.unlink(missing_ok=True)

    def rotate(self, name: str) -> None:
        """From now on a new key signs, and the one before is destroyed. Raises `Trouble` for a used name."""
        if not _NAME.fullmatch(name):
            raise Trouble(f"{name!r} can not name a key. Use letters, digits, points and dashes: 2027.")
        if not self.current.exists():
            raise Trouble(f"There is no key in {self.folder} yet. Run `sxsh up` once; it makes one.")
        if (self.folder / f"{name}.pub").exists():
            raise Trouble(f"A key has been named {name} before. Each needs a name of its own.")
        before = self.current.resolve()
        self._take(name, Ed25519PrivateKey.generate())
        before.unlink()

    def public(self, log: str) -> list[VerifierKey]:
        """Of the log's checkpoints, the earliest key first."""
        files = sorted(self.folder.glob("*.pub"), key=lambda file: file.stat().st_mtime_ns)
        return [VerifierKey(f"sxsh/{log}/{file.stem}", base64.b64decode(file.read_bytes())) for file in files]

    def _unused(self) -> str:
        """FIRST, or that with a number where a restored backup has brought the public part of another one."""
        names = (f"{FIRST}-{number}" if number > 1 else FIRST for number in count(1))
        return next(name for name in names if not (self.folder / f"{name}.pub").exists())

    def know(self, key: VerifierKey) -> None:
        """Keep the public part of a key that signed elsewhere; one that is known by that name stays."""
        name = key.name.rpartition("/")[2]
        if _NAME.fullmatch(name) and not (self.folder / f"{name}.pub").exists():
            write_private(self.folder / f"{name}.pub", base64.b64encode(key.key))

    def _take(self, name: str, key: Ed25519PrivateKey) -> None:
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        private = self.folder / f"{name}.pem"
        write_private(private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        write_private(self.folder / f"{name}.pub", base64.b64encode(public))
        link = self.folder / f".{name}"
        link.unlink(missing_ok=True)
        link.symlink_to(private.name)
        link.replace(self.current)


def _read(file: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(file.read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return key
