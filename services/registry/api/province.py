"""What the routes for the whole province share: who may write, plans that exist, and lists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from mongoengine import Document

from services.eventkit.errors import Forbidden, InvalidInput
from services.eventkit.http import principal
from services.eventkit.paging import list_page
from services.registry.api.access import container
from services.registry.domain.plan import PLAN, Plan


def ensure_province(_: object = None) -> None:
    """Also a guard. Plans, money and the network are the province's: `Forbidden` for who is limited to
    districts."""
    if principal().districts is not None:
        raise Forbidden("This concerns the whole province. Your rights are limited to districts.")


def known_plan(plan_id: str, field: str = "/plan_id") -> Plan:
    """The plan that a body names. Raises `InvalidInput`."""
    found: Plan | None = container().bus.load(PLAN, plan_id).state
    if found is None:
        raise InvalidInput.at(field, f"there is no plan {plan_id!r}; see the list of plans, or load it first")
    return found


def listed(
    document: type[Document],
    query: dict[str, Any],
    *,
    sort: str,
    sortable: Mapping[str, str],
    **filters: Any,
) -> dict[str, Any]:
    """A page of a list that is up to date; `query` is that of the route, `filters` come on top of its own."""
    container().updater.refresh()
    page = {name: query.pop(name) for name in ("q", "cursor", "limit")}
    order = query.pop("sort") or sort
    wanted = {**query, **filters}
    dates = {name: day.isoformat() for name, day in wanted.items() if isinstance(day, date)}
    return list_page(document, filters={**wanted, **dates}, sort=order, sortable=sortable, **page)
