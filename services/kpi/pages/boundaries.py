"""The districts' boundaries for the maps: an operator gives them as GeoJSON, and may take them away."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from services.eventkit.errors import InvalidInput
from services.eventkit.http import allow, ensure_whole_province, fields, principal, streams_body
from services.eventkit.identity import Role
from services.kpi.api.queries import container, rules_of
from services.kpi.domain.boundaries import MOST_BYTES, drawn, read
from services.kpi.pages.frame import reader
from services.kpi.pages.language import Reader

NAV = ()

#: What a form adds to the file that it sends.
FORM = 65_536


def register(pages: Blueprint) -> None:
    @pages.get("/boundaries")
    @allow(Role.OPERATOR)
    def show_boundaries() -> str:
        return render_template("pages/boundaries.html", **context(), problems=[])

    @pages.post("/boundaries")
    @allow(Role.OPERATOR)
    @streams_body
    def keep_boundaries() -> AnyResponse:
        ensure_whole_province()
        request.max_content_length = MOST_BYTES + FORM
        try:
            file = request.files.get("file")
            if file is None or not file.filename:
                raise InvalidInput.at("/", reader().t("boundaries-choose"))
            raw = file.stream.read()
            found = drawn(read(raw, _names(reader())))
        except RequestEntityTooLarge:
            return _refused([("/", reader().t("boundaries-large", most=MOST_BYTES // 1024 // 1024))], 413)
        except InvalidInput as error:
            return _refused([(each["field"], each["detail"]) for each in error.errors], 422)
        container().boundaries.keep(raw, found, principal().id, file.filename[:200], datetime.now(UTC))
        return redirect("/boundaries", 303)

    @pages.post("/boundaries/removal")
    @allow(Role.OPERATOR)
    def drop_boundaries() -> AnyResponse:
        ensure_whole_province()
        container().boundaries.drop()
        return redirect("/boundaries", 303)


def context() -> dict[str, Any]:
    say, current = reader(), container().boundaries.current()
    shown: dict[str, Any] = {"most": MOST_BYTES // 1024 // 1024, "kept": None}
    if current is not None:
        shapes, names = current.drawn.shapes, _names(say)
        shown["kept"] = {
            "file": current.file,
            "by": current.by,
            "at": say.moment(current.at),
            "width": current.drawn.width,
            "height": current.drawn.height,
            "shapes": [(shape, names.get(unit, unit)) for unit, shape in shapes.items()],
        }
    return shown


def _names(say: Reader) -> dict[str, str]:
    """Of all units that any plan is judged in, by id."""
    view, day = container().live.view(), fields.today().toordinal()
    names = rules_of(view).territory
    return {
        unit: say.pick(territory.name(unit, day))
        for plan in view.shared.plans().values()
        for territory in (view.shared.units.territory(plan.territory, names),)
        for unit in territory.units
    }


def _refused(problems: list[tuple[str, str]], status: int) -> Response:
    page = render_template("pages/boundaries.html", **context(), problems=problems)
    return make_response(page, status)
