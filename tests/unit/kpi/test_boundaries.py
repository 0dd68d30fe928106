"""A file of boundaries is taken whole, or refused with each place that is to be mended."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.eventkit.errors import InvalidInput
from services.kpi.domain import boundaries
from services.kpi.domain.boundaries import drawn, read

KNOWN = frozenset({"nho-quan", "yen-mo"})


def square(west: float, south: float, size: float = 0.1) -> list[list[list[float]]]:
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def feature(unit: Any, coordinates: Any, kind: str = "Polygon") -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": {"unit_id": unit}, "geometry": geometry}


def file(*features: Any, **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features), **more}).encode()


def problems(raw: bytes) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        read(raw, KNOWN)
    return [(each["field"], each["detail"]) for each in refused.value.errors]


def test_neighbours_are_drawn_side_by_side_with_north_up() -> None:
    raw = file(
        feature("nho-quan", square(105.7, 20.3)),
        feature("yen-mo", [square(105.8, 20.3), square(105.8, 20.2)], "MultiPolygon"),
    )
    found = drawn(read(raw, KNOWN))
    left, right = found.shapes["nho-quan"], found.shapes["yen-mo"]
    assert left.path.startswith("M0,")
    assert left.x < right.x
    assert left.y < found.height / 2
    edge = left.path.split("L")[1].split(",")[0]
    assert f"M{edge}," in right.path
    assert right.path.count("M") == 2
    assert found.width <= boundaries.WIDTH
    assert found.height == boundaries.HEIGHT


def test_a_hole_stays_open_and_the_label_stands_in_the_larger_part() -> None:
    hole = [*square(105.7, 20.2, 0.4), square(105.8, 20.3, 0.1)[0]]
    found = drawn(read(file(feature("yen-mo", [hole, square(106.3, 20.2, 0.05)], "MultiPolygon")), KNOWN))
    shape = found.shapes["yen-mo"]
    assert shape.path.count("Z") == 3
    assert shape.x < found.width * 0.6


def test_every_problem_is_named_by_its_place() -> None:
    swapped = [[[20.3, 105.7], [20.4, 105.7], [20.4, 105.8], [20.3, 105.7]]]
    raw = file(
        feature("atlantis", square(105.7, 20.3)),
        feature("nho-quan", swapped),
        feature("yen-mo", [square(105.7, 20.3)[0][:-1]]),
        feature(None, square(105.7, 20.3), "Point"),
        feature("yen-mo", square(105.7, 20.3)),
        7,
    )
    found = dict(problems(raw))
    assert "there is no unit 'atlantis'" in found["/features/0/properties/unit_id"]
    assert "longitude first" in found["/features/1/geometry/coordinates/0/0"]
    assert "not closed" in found["/features/2/geometry/coordinates/0"]
    assert "is missing" in found["/features/3/properties/unit_id"]
    assert "Polygon or a MultiPolygon" in found["/features/3/geometry"]
    assert "in the file already" in found["/features/4"]
    assert "must be a Feature" in found["/features/5"]


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"{", "/"),
        (b"[]", "/"),
        (b"\xff", "/"),
        (file(), "/features"),
        (file(feature("yen-mo", square(105.7, 20.3)), crs={"name": "EPSG:3405"}), "/crs"),
        (file(feature("yen-mo", [])), "/features/0/geometry/coordinates"),
        (file(feature("yen-mo", [[[1, 2]] * 3])), "/features/0/geometry/coordinates/0"),
        (file(feature("yen-mo", [[["x", 2]] * 4])), "/features/0/geometry/coordinates/0/0"),
        (file(feature("yen-mo", [[[True, 2]] * 4])), "/features/0/geometry/coordinates/0/0"),
    ],
)
def test_what_is_no_map_is_refused(raw: bytes, field: str) -> None:
    assert [at for at, _ in problems(raw)] == [field]


def test_what_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = file(feature("yen-mo", square(105.7, 20.3)))
    monkeypatch.setattr(boundaries, "MOST_POINTS", 4)
    assert problems(raw)[0][0] == "/features"
    monkeypatch.setattr(boundaries, "MOST_BYTES", 10)
    assert problems(raw)[0][0] == "/"
