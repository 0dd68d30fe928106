from __future__ import annotations

import pytest

pytest_plugins = ["tests.servers"]

#: Systems that are started once for all that only look at them: the fixtures.
_SHARED = ("launched", "system")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What goes to one process where several run the tests: a file, or all files that share a system."""
    sharing = {
        item.path: shared
        for item in items
        for shared in _SHARED
        if shared in getattr(item, "fixturenames", ())
    }
    for item in items:
        item.add_marker(pytest.mark.xdist_group(sharing.get(item.path, item.nodeid.partition("::")[0])))
