from __future__ import annotations

import pytest

pytest_plugins = ["tests.servers"]

#: A system that is started once for all that only look at it.
_SHARED = "launched"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What goes to one process where several run the tests: a file, or all files that share a system."""
    sharing = {item.path for item in items if _SHARED in getattr(item, "fixturenames", ())}
    for item in items:
        group = _SHARED if item.path in sharing else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))
