from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from tests.examples import TIMES

pytest_plugins = ["tests.servers"]

# How long an example takes says how busy the machine is. The same examples each time, unless more are asked
# for: what another run finds must be found by who looks for it, not by who changed something else.
settings.register_profile(
    "tests",
    deadline=None,
    derandomize=TIMES == 1,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("tests")


class _Templates(BytecodeCache):
    """Of all apps of this process: to compile them anew takes an app of a test longer than to show them."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (compiled := self._compiled.get(bucket.key)) is not None:
            bucket.bytecode_from_string(compiled)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


Flask.jinja_options = {"bytecode_cache": _Templates()}

#: Systems that are started once for several files: the fixtures, by the folder of their tests.
_SHARED = {"e2e": ("launched", "province"), "browser": ("system",)}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What goes to one process where several run the tests: a file, or all files that share a system."""
    sharing = {
        item.path: shared
        for item in items
        for shared in _SHARED.get(item.path.parent.name, ())
        if shared in getattr(item, "fixturenames", ())
    }
    for item in items:
        item.add_marker(pytest.mark.xdist_group(sharing.get(item.path, item.nodeid.partition("::")[0])))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Files are called by what they are for: a workbook holds the second it was made, so each process would
    name its test differently."""
    return argname if isinstance(val, bytes) else None
