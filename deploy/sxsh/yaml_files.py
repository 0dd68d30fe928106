"""YAML as people write it: `on` is a word, a day is the text that the APIs take."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from deploy.sxsh.trouble import Trouble

_BOOL, _DAY = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"


class _Loader(yaml.SafeLoader):
    """YAML 1.1 would read `on`, `yes` and `no` as truth values and a day as no text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the parent's name and type
        first: [(tag, pattern) for tag, pattern in found if tag not in (_BOOL, _DAY)]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(_BOOL, re.compile(r"true|false"), ["t", "f"])


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a file. Raises `Trouble` when there is none."""
    try:
        found = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506  derived from SafeLoader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Trouble(f"{path} cannot be read as YAML: {error}") from None
    if not isinstance(found, dict):
        raise Trouble(f"{path} holds no mapping: it must begin with lines like `id: …`.")
    return found
