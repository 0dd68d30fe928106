"""What was known earlier, to compare the present with: made ready by a thread, while readers go on."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime
from typing import NamedTuple

from pymongo.errors import PyMongoError

from services.eventkit.errors import Unavailable
from services.kpi.views.live import LiveCube
from services.kpi.views.moments import Positions
from services.kpi.views.past import Past

#: Moments remembered.
MOST = 8


class Known(NamedTuple):
    """`positions` of the logs at a moment; `cube` holds what was known then."""

    positions: Positions
    cube: LiveCube


class Earlier:
    """Safe to share between threads; create it after a fork."""

    def __init__(self, past: Past, live: LiveCube) -> None:
        self._past, self._live = past, live
        self._lock = threading.Lock()
        self._positions: OrderedDict[datetime, Positions] = OrderedDict()
        self._loaded: dict[datetime, LiveCube] = {}
        self._looking: set[datetime] = set()

    def at(self, moment: datetime) -> Known | None:
        """None while it is made ready: ask again later. It is the present where nothing came since."""
        with self._lock:
            positions, cube = self._positions.get(moment), self._loaded.get(moment)
        if positions is not None and positions == self._live.view().position:
            return Known(positions, self._live)
        if positions is not None and cube is not None:
            return Known(positions, cube)
        self._look(moment)
        return None

    def forget(self, moment: datetime) -> None:
        """It was dropped by whoever keeps the moments of the past."""
        with self._lock:
            self._loaded.pop(moment, None)

    def _look(self, moment: datetime) -> None:
        with self._lock:
            if moment in self._looking:
                return
            self._looking.add(moment)
        threading.Thread(target=self._prepare, args=(moment,), name="kpi-earlier", daemon=True).start()

    def _prepare(self, moment: datetime) -> None:
        """What fails is tried again by the next reader."""
        try:
            positions = self._past.positions(moment)
            with self._lock:
                self._positions[moment] = positions
                while len(self._positions) > MOST:
                    oldest, _ = self._positions.popitem(last=False)
                    self._loaded.pop(oldest, None)
            if positions != self._live.view().position:
                cube = self._past.of(positions)
                with self._lock:
                    self._loaded[moment] = cube
        except (Unavailable, PyMongoError):
            return
        finally:
            with self._lock:
                self._looking.discard(moment)
