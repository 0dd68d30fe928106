"""Named places where a test can kill the process, to prove that nothing is lost there.

``CRASH_AT=log.after_insert`` kills (SIGKILL) at the first arrival, ``…:3`` at the third.
Without the variable a call costs one comparison.
"""

from __future__ import annotations

import os
import signal

CRASH_POINTS = (
    "log.before_insert",
    "log.after_insert",
    "relay.before_publish",
    "relay.after_publish",
    "relay.after_checkpoint",
    "projector.before_intent",
    "projector.after_intent",
    "projector.after_cards",
    "projector.after_cells",
    "projector.after_offsets",
    "views.before_replace",
    "views.after_replace",
    "import.after_chunk",
    "rebuild.after_page",
    "rebuild.after_cards",
    "rebuild.before_position",
    "rebuild.before_switch",
    "rebuild.after_switch",
)

_point, _, _count = os.environ.get("CRASH_AT", "").partition(":")
_left = int(_count or 1)

if _point and _point not in CRASH_POINTS:
    raise SystemExit(f"CRASH_AT names {_point!r}; the known points are {', '.join(CRASH_POINTS)}.")


def crash_point(name: str) -> None:
    global _left
    if _point and name == _point:
        _left -= 1
        if _left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
