"""What is in a log can be read for ever: the shape of an event only changes compatibly."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from services.eventkit.events import Catalogue
from tests.event_schemas import CATALOGUES, problems, released, schemas, upcasts

MOVED = "facility.moved"


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda catalogue: catalogue.source)
def test_what_was_released_can_still_be_read(catalogue: Catalogue) -> None:
    assert problems(released(catalogue), schemas(catalogue), upcasts(catalogue)) == []


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda catalogue: catalogue.source)
def test_the_released_shapes_are_written_down(catalogue: Catalogue) -> None:
    assert released(catalogue) == schemas(catalogue), "run: python -m tests.event_schemas"


def _without(shape: dict[str, Any]) -> None:
    del shape["properties"]["unit_id"]


def _demands(shape: dict[str, Any]) -> None:
    shape["properties"]["by"] = {"type": "string"}
    shape["required"].append("by")


def _number(shape: dict[str, Any]) -> None:
    shape["properties"]["unit_id"] = {"type": "integer"}


def _strict(shape: dict[str, Any]) -> None:
    shape["properties"]["reorganisation_id"] = {"type": "string"}


def _narrow(shape: dict[str, Any]) -> None:
    shape["properties"]["unit_id"] = {"enum": ["kim-son"]}


def _more(shape: dict[str, Any]) -> None:
    shape["properties"]["note"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_without, "facility.moved.unit_id is gone"),
        (_demands, "facility.moved.by is required now: give it a default"),
        (_number, "facility.moved.unit_id is of another type"),
        (_strict, 'facility.moved.reorganisation_id no longer takes {"type": "null"}'),
        (_narrow, "facility.moved.unit_id is of another type"),
        (_more, None),
    ],
)
def test_a_change_that_old_events_do_not_fit_is_told(
    change: Callable[[dict[str, Any]], None], told: str | None
) -> None:
    old = schemas(CATALOGUES[0])
    new = copy.deepcopy(old)
    change(new[MOVED]["shape"])
    assert problems(old, new, set()) == ([told] if told else [])


def test_a_new_schema_needs_an_upcaster_from_every_old_one() -> None:
    old = schemas(CATALOGUES[0])
    new = copy.deepcopy(old)
    new[MOVED]["schema"] = 3
    _without(new[MOVED]["shape"])
    assert problems(old, new, {(MOVED, 2)}) == ["facility.moved has no upcaster from schema 1"]
    assert problems(old, new, {(MOVED, 1), (MOVED, 2)}) == []


def test_a_type_can_not_vanish() -> None:
    old = schemas(CATALOGUES[0])
    new = {type_: schema for type_, schema in old.items() if type_ != MOVED}
    assert problems(old, new, set()) == [f"{MOVED} is gone: what is in a log must stay readable"]
