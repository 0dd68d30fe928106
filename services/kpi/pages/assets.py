"""What a page loads beside itself: our own style, mark and scripts, and the libraries that npm has installed.

Each is served under an address that names its content, so a browser keeps it for ever. Where npm has
installed nothing, pages have no scripts at all, and lack nothing but what moves.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import cached_property
from pathlib import Path

from flask import Blueprint, Response, request

from services.eventkit.errors import NotFound
from services.eventkit.http import public

OWN = Path(__file__).parent / "assets"
#: `make install` puts them here; package.json says which.
LIBRARIES = Path(__file__).resolve().parents[3] / "node_modules"


def files() -> dict[str, Path]:
    libraries = {
        "htmx.js": "htmx.org/dist/htmx.min.js",
        "idiomorph.js": "idiomorph/dist/idiomorph-ext.min.js",
        "echarts.js": "echarts/dist/echarts.common.min.js",
    }
    own = {name: OWN / name for name in ("live.js", "charts.js")}
    return own | {name: LIBRARIES / path for name, path in libraries.items()}


class Asset:
    def __init__(self, name: str, body: bytes) -> None:
        stem, _, ending = name.rpartition(".")
        self.body = body
        self.address = f"/assets/{stem}-{hashlib.sha256(body).hexdigest()[:12]}.{ending}"
        self.type = mimetypes.guess_type(name)[0] or "application/octet-stream"

    @cached_property
    def compressed(self) -> bytes:
        return gzip.compress(self.body, mtime=0)


class Assets:
    def __init__(self) -> None:
        wanted = files()
        found = {name: file.read_bytes() for name, file in wanted.items() if file.exists()}
        style = b"".join(file.read_bytes() for file in sorted(OWN.glob("*.css")))
        self._kept = {name: Asset(name, body) for name, body in [("pages.css", style), *found.items()]}
        self._by_address = {asset.address: asset for asset in self._kept.values()}
        self.mark = (OWN / "icon.svg").read_bytes()
        #: Whether scripts run: all of them or none.
        self.scripts = found.keys() == wanted.keys()

    def address(self, name: str) -> str:
        return self._kept[name].address

    def register(self, pages: Blueprint) -> None:
        @pages.get("/assets/<name>")
        @public
        def asset(name: str) -> Response:
            found = self._by_address.get(f"/assets/{name}")
            if found is None:
                raise NotFound("This is of another release. Load the page again.")
            headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
            if "gzip" not in request.headers.get("Accept-Encoding", ""):
                return Response(found.body, mimetype=found.type, headers=headers)
            headers["Content-Encoding"] = "gzip"
            return Response(found.compressed, mimetype=found.type, headers=headers)

        @pages.get("/assets/icon.svg")
        @public
        def icon() -> Response:
            lasting = {"Cache-Control": "public, max-age=86400"}
            return Response(self.mark, mimetype="image/svg+xml", headers=lasting)
