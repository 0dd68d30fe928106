"""Boundaries of administrative units: read from GeoJSON, and fitted into a box to be drawn.

GeoJSON as RFC 7946 says it: WGS 84, longitude first. Each feature is one unit, named by `properties.unit_id`
or the feature's `id`. Points are rounded to tenths of the box, in all units alike, so neighbours still meet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise
from math import cos, radians
from typing import Any

import msgspec

from services.eventkit.errors import FieldError, InvalidInput

#: The box that is drawn into, at most, in units of the picture.
WIDTH, HEIGHT = 720.0, 560.0
#: Of a file: bytes, units, and points of all units together.
MOST_BYTES, MOST_UNITS, MOST_POINTS = 8 * 1024 * 1024, 500, 400_000
#: Problems named at once.
MOST_PROBLEMS = 20
#: Longitudes and latitudes of Việt Nam, with some room. A file in other coordinates is not within.
LONGITUDES, LATITUDES = (102.0, 115.0), (6.0, 24.0)

Point = tuple[float, float]
Ring = list[Point]


class Shape(msgspec.Struct, frozen=True):
    """`path` is what SVG's `d` takes, holes by the even-odd rule; a label belongs at (`x`, `y`)."""

    path: str
    x: float
    y: float


class Drawn(msgspec.Struct, frozen=True):
    """By unit, in a box of `width` x `height`."""

    width: float
    height: float
    shapes: dict[str, Shape]


def read(raw: bytes, known: Collection[str]) -> dict[str, list[list[Ring]]]:
    """The polygons of each unit, each as its outer ring and its holes. `known` are the ids of units.

    Raises `InvalidInput` that names each problem by its place in the file.
    """
    if len(raw) > MOST_BYTES:
        raise InvalidInput.at("/", f"has {len(raw):,} bytes; at most {MOST_BYTES:,} are taken: simplify it")
    try:
        content = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput.at("/", f"is not JSON: {error}") from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or content.get("type") != "FeatureCollection":
        raise InvalidInput.at("/", "must be a GeoJSON FeatureCollection with a list of features")
    if "crs" in content and "CRS84" not in str(content["crs"]) and "4326" not in str(content["crs"]):
        raise InvalidInput.at("/crs", "must be WGS 84; export the file in EPSG:4326")
    if not 0 < len(features) <= MOST_UNITS:
        raise InvalidInput.at("/features", f"must be 1 to {MOST_UNITS} units")
    return _Reading(known).all(features)


class _Reading:
    def __init__(self, known: Collection[str]) -> None:
        self._known = known
        self._problems: list[FieldError] = []
        self._points = 0

    def all(self, features: list[Any]) -> dict[str, list[list[Ring]]]:
        found: dict[str, list[list[Ring]]] = {}
        for number, feature in enumerate(features):
            at = f"/features/{number}"
            unit = self._unit(feature, at)
            if unit in found:
                self._wrong(at, f"{unit} is in the file already; make it one MultiPolygon")
            polygons = self._polygons(feature, at)
            if unit is not None:
                found[unit] = polygons
        if self._points > MOST_POINTS:
            self._wrong(
                "/features", f"have {self._points:,} points; at most {MOST_POINTS:,} are taken: simplify"
            )
        if self._problems:
            raise InvalidInput("The file of boundaries has problems.", errors=self._problems[:MOST_PROBLEMS])
        return found

    def _wrong(self, at: str, detail: str) -> None:
        self._problems.append(FieldError(field=at, detail=detail))

    def _unit(self, feature: Any, at: str) -> str | None:
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            self._wrong(at, "must be a Feature")
            return None
        properties = feature.get("properties")
        unit = (properties.get("unit_id") if isinstance(properties, dict) else None) or feature.get("id")
        if not isinstance(unit, str):
            self._wrong(f"{at}/properties/unit_id", "is missing: name the unit, e.g. nho-quan")
            return None
        if unit not in self._known:
            self._wrong(
                f"{at}/properties/unit_id", f"there is no unit {unit!r}; see the registry's list of units"
            )
            return None
        return unit

    def _polygons(self, feature: Any, at: str) -> list[list[Ring]]:
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        if kind not in ("Polygon", "MultiPolygon") or not isinstance(geometry, dict):
            self._wrong(f"{at}/geometry", "must be a Polygon or a MultiPolygon")
            return []
        coordinates = geometry.get("coordinates")
        at = f"{at}/geometry/coordinates"
        if kind == "Polygon":
            return [self._rings(coordinates, at)]
        if not isinstance(coordinates, list) or not coordinates:
            self._wrong(at, "must be a list of polygons")
            return []
        return [self._rings(polygon, f"{at}/{n}") for n, polygon in enumerate(coordinates)]

    def _rings(self, polygon: Any, at: str) -> list[Ring]:
        if not isinstance(polygon, list) or not polygon:
            self._wrong(at, "must be a list of rings")
            return []
        return [self._ring(ring, f"{at}/{n}") for n, ring in enumerate(polygon)]

    def _ring(self, ring: Any, at: str) -> Ring:
        if not isinstance(ring, list) or len(ring) < 4:
            self._wrong(at, "must have at least four points, the last like the first")
            return []
        self._points += len(ring)
        found: Ring = []
        for number, point in enumerate(ring):
            problem = _point_problem(point)
            if problem:
                self._wrong(f"{at}/{number}", problem)
                return []
            found.append((float(point[0]), float(point[1])))
        if found[0] != found[-1]:
            self._wrong(at, "is not closed: the last point must be like the first")
            return []
        return found


def _point_problem(point: Any) -> str:
    numbers = isinstance(point, list) and len(point) >= 2 and all(type(n) in (int, float) for n in point[:2])
    if not numbers:
        return "must be [longitude, latitude]"
    if LONGITUDES[0] <= point[0] <= LONGITUDES[1] and LATITUDES[0] <= point[1] <= LATITUDES[1]:
        return ""
    return f"{point[:2]} is not in Việt Nam: give WGS 84 degrees, longitude first"


def drawn(units: dict[str, list[list[Ring]]]) -> Drawn:
    """Fitted into the box: north is up, degrees of longitude are as long as they are in the middle."""
    points = [point for polygons in units.values() for rings in polygons for ring in rings for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    narrow = cos(radians((south + north) / 2))
    scale = min(WIDTH / max((east - west) * narrow, 1e-9), HEIGHT / max(north - south, 1e-9))

    def place(point: Point) -> Point:
        return round((point[0] - west) * narrow * scale, 1), round((north - point[1]) * scale, 1)

    shapes = {}
    for unit, polygons in units.items():
        rings = [_thinned(place(point) for point in ring) for rings in polygons for ring in rings]
        kept = [ring for ring in rings if len(ring) > 3]
        if kept:
            x, y = _centre(max(kept, key=lambda ring: abs(_area(ring))))
            shapes[unit] = Shape("".join(map(_path, kept)), x, y)
    return Drawn(round((east - west) * narrow * scale, 1), round((north - south) * scale, 1), shapes)


def _thinned(points: Iterator[Point]) -> Ring:
    """Without points that fall on the one before."""
    found: Ring = []
    for point in points:
        if not found or found[-1] != point:
            found.append(point)
    return found


def _path(ring: Ring) -> str:
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in ring[:-1]) + "Z"


def _area(ring: Ring) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


def _centre(ring: Ring) -> Point:
    """Its centre of gravity."""
    area = _area(ring)
    if not area:
        return ring[0]
    x = y = 0.0
    for a, b in pairwise(ring):
        cross = a[0] * b[1] - b[0] * a[1]
        x, y = x + (a[0] + b[0]) * cross, y + (a[1] + b[1]) * cross
    return round(x / (6 * area), 1), round(y / (6 * area), 1)
