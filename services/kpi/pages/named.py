"""What facilities are called, asked of the registry as the caller."""

from __future__ import annotations

from collections.abc import Iterable

from services.eventkit.errors import Forbidden, Unavailable
from services.kpi.api.queries import container
from services.kpi.pages.forms import asking
from services.kpi.pages.language import Reader

#: The registry takes so many ids at once.
_MOST = 200


def called(say: Reader, ids: Iterable[str]) -> dict[str, str]:
    """Name by id. Whoever is merged, or not the caller's to see, goes by the id."""
    wanted = sorted(set(ids))[:_MOST]
    if not wanted:
        return {}
    to = container().neighbours
    try:
        found = to.get("registry", "/facilities", asking(say), id=wanted, limit=str(_MOST)).body["items"]
    except (Forbidden, Unavailable):
        found = []
    names = {each["id"]: f"{each['name']} ({each['code']})" for each in found}
    return {id_: names.get(id_, id_) for id_ in wanted}
