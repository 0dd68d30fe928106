"""Sets HTML from standard input as PDF on standard output: ``python -m services.kpi.reports.typeset ID``.

A process of its own: it takes seconds of computing, and what it holds goes with it. The same input gives the
same bytes with the same WeasyPrint, faces and Pango. Exit code 3: the machine lacks something, said in a
plain sentence on standard error.
"""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

LACKS = 3
#: As the loader of Linux finds it.
PANGO = "libpangoft2-1.0.so.0"
PACKAGE, MODULE = "rinoh-typeface-texgyretermes", "rinoh_typeface_texgyretermes"
#: File of the face -> how it is called in CSS.
FACES = {
    "regular": "font-weight: 400; font-style: normal",
    "bold": "font-weight: 700; font-style: normal",
    "italic": "font-weight: 400; font-style: italic",
    "bolditalic": "font-weight: 700; font-style: italic",
}
NO_PANGO = (
    "PDF can not be made: the library Pango is missing on this machine. Install it: apt-get install "
    "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 (Debian, Ubuntu). XLSX and JSON need none of it."
)
NO_FACE = f"PDF can not be made: the type face of the package {PACKAGE} is missing. Run `make install` again."


class Lacks(Exception):
    """What the machine does not have, in a plain sentence."""


def faces() -> str:
    """The CSS that names the faces. Raises `Lacks`."""
    return "".join(
        f'@font-face {{ font-family: "Report"; src: url({file.as_uri()}); {style} }}\n'
        for file, style in zip(_files(), FACES.values(), strict=True)
    )


def _files() -> Iterator[Path]:
    try:
        package = distribution(PACKAGE)
    except PackageNotFoundError:
        raise Lacks(NO_FACE) from None
    for name in FACES:
        file = Path(str(package.locate_file(f"{MODULE}/texgyretermes-{name}.otf")))
        if not file.is_file():
            raise Lacks(NO_FACE)
        yield file


def typeset(html: str, identifier: str) -> bytes:
    """Tagged PDF (PDF/UA-1), with nothing of the clock in it. Raises `Lacks`."""
    style = faces()
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            import weasyprint
            from weasyprint.text.fonts import FontConfiguration
            from weasyprint.urls import URLFetcher
    except OSError:
        raise Lacks(NO_PANGO) from None
    library: Any = weasyprint
    configuration: Any = FontConfiguration
    fetcher: Any = URLFetcher
    # The faces are files of this machine; nothing is asked of another.
    given = {"font_config": configuration(), "url_fetcher": fetcher(allowed_protocols=("file",))}
    made: bytes = library.HTML(string=html, url_fetcher=given["url_fetcher"]).write_pdf(
        stylesheets=[library.CSS(string=style, **given)],
        font_config=given["font_config"],
        pdf_identifier=identifier.encode(),
        pdf_variant="pdf/ua-1",
    )
    return made


def main(arguments: list[str]) -> int:
    (identifier,) = arguments
    html = sys.stdin.buffer.read().decode()
    try:
        sys.stdout.buffer.write(typeset(html, identifier))
    except Lacks as lacks:
        sys.stderr.write(f"{lacks}\n")
        return LACKS
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
