"""From an event up: what would the numbers be without it?"""

from __future__ import annotations

from typing import Any

from flask import Response

from services.eventkit.errors import NotFound
from services.eventkit.http import Blueprint, allow, ensure_whole_province, json_response
from services.eventkit.identity import Role
from services.kpi.api.lineage_schemas import EffectSchema, some
from services.kpi.api.queries import SelectionQuery, as_of, container, plan_of, rules_of, selection, source
from services.kpi.api.shown import Shown, envelope
from services.kpi.api.supporting_shown import Reader
from services.kpi.api.traced_schemas import traced
from services.kpi.domain.cards import decode
from services.kpi.domain.contributions import contributions
from services.kpi.domain.facts import Card, FacilityCard, UnitCard
from services.kpi.domain.leaving_out import difference, folded, groups
from services.kpi.domain.measures import Contributions
from services.kpi.domain.rules import RuleSet
from services.kpi.domain.territory import Units
from services.kpi.views.cube import Cube
from services.kpi.views.facilities import FACILITY
from services.kpi.views.live import View
from services.kpi.views.shifted import Shifted
from services.kpi.views.traced import Traced

blueprint = Blueprint("effects", __name__, url_prefix="/events", description="What one event does")


@blueprint.route("/<fact_id>/effect", methods=["GET"])
@allow(Role.INSPECTOR, Role.OPERATOR)
@blueprint.arguments(SelectionQuery, location="query")
@blueprint.response(200, EffectSchema)
def get_effect(query: dict[str, Any], fact_id: str) -> Response:
    """Every target as it is, and as it would be had this event never been recorded.

    Its subject is folded again without it; all else stays as it was recorded. The plan stays, too: an event
    that loaded it is not taken out of what the targets are judged by. Without `known_at`, what is recorded
    while it is worked out may be in one part of the answer and not in the other.
    """
    return json_response(effect(query, fact_id))


def effect(query: dict[str, Any], fact_id: str) -> dict[str, Any]:
    """What `get_effect` answers. Raises `NotFound`, and `Forbidden` for who is limited to districts."""
    ensure_whole_province()
    of = source(query)
    view = of.view()
    event = container().trace.find(fact_id)
    if event is None or event.position > view.position[event.log]:
        raise NotFound(f"No log had an event {fact_id!r} by then.")
    without = _Without(view, rules_of(view), event)
    of.check()

    def made(cube: Cube, now: View) -> dict[str, Any]:
        plan = plan_of(query, now)
        on = as_of(query, plan)
        as_is = Shown(cube, without.rules, plan, now.shared.units, on, selection(query))
        shifted = Shifted(cube, without.shift)
        changed = Shown(shifted, without.rules, plan, without.units, on, selection(query))
        return {
            **envelope(query, now, without.rules, plan, on),
            "filters": as_is.selection._asdict(),
            "event": traced(event),
            "targets": list(_targets(as_is, changed)),
            "supporting": list(_supporting(as_is, changed)),
        }

    return of.read(made)


class _Without:
    """What there would be without an event: `shift` is what to add to the cube, `units` are those of then."""

    def __init__(self, view: View, rules: RuleSet, event: Traced) -> None:
        self.rules, self.units = rules, view.shared.units
        self._view = view
        self.shift: Contributions = {}
        card = self._card(event.subject)
        if card is None:
            return
        events = container().trace.to_fold(event.subject, card)
        less = folded(events, event.id)
        if isinstance(card, FacilityCard):
            before, after = self._groups(card), self._groups(card)
            after.pop(card.id)
            if isinstance(less, FacilityCard):
                after[card.id] = less
                # Merged into another than it is, or into none: that one must be there to be added to.
                after |= {} if not less.merged or less.merged in after else self._group(less.merged)
                before |= {id_: one for id_, one in after.items() if id_ not in before}
            self.shift = difference(groups(after, rules), groups(before, rules))
            return
        self.shift = difference(
            {} if less is None else contributions(less, rules), contributions(card, rules)
        )
        if isinstance(card, UnitCard):
            self.units = Units(self.units.without(card.id, less if isinstance(less, UnitCard) else None))

    def _card(self, subject: str) -> Card | None:
        stored = container().store.card(self._view.generation, subject)
        return None if stored is None else decode(stored)

    def _groups(self, card: FacilityCard) -> dict[str, FacilityCard]:
        """The facility with all that counts together with it now."""
        return {**self._group(card.merged or card.id), card.id: card}

    def _group(self, survivor: str) -> dict[str, FacilityCard]:
        card = self._card(FACILITY + survivor)
        found = {one.id: one for one in self._view.shared.duplicates(survivor)}
        return {**found, survivor: card} if isinstance(card, FacilityCard) else found


def _targets(as_is: Shown, changed: Shown) -> Any:
    for before, after in zip(as_is.all(), changed.all(), strict=True):
        told = {"with": some(before), "without": some(after)}
        differs = told["with"] != told["without"]
        yield {"code": before["code"], "name": before["name"], **told, "changed": differs}


def _supporting(as_is: Shown, changed: Shown) -> Any:
    for before, after in zip(Reader(as_is).all(), Reader(changed).all(), strict=True):
        others = {one["measure"]: one for one in after["measures"]}
        for measure in before["measures"]:
            name, other = measure["measure"], others[measure["measure"]]
            if measure["value"] != other["value"]:
                told = {"with": measure["value"], "without": other["value"]}
                yield {"code": before["code"], "measure": name, "name": measure["name"], **told}
