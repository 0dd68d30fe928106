"""The supporting indicators S1 to S6, from the sums of the cube: measures on one day for one choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from services.kpi.domain.figure import Figure, middle_of, number, share, tonnes, undivided
from services.kpi.domain.measures import FacilityMeasure as M
from services.kpi.domain.measures import FundingMeasure, NetworkMeasure, PilotMeasure, UnitMeasure
from services.kpi.domain.measures import OptionMeasure as O
from services.kpi.domain.measures import PolicyMeasure as P
from services.kpi.domain.measures import QualityMeasure as Q
from services.kpi.domain.measures import SavingMeasure as S
from services.kpi.domain.measures import TrainingMeasure as T
from services.kpi.domain.territory import Territory
from services.kpi.views.cube import Cube, Where, where

CODES = ("S1", "S2", "S3", "S4", "S5", "S6")


class Choice(NamedTuple):
    """`units` are those judged, or what was chosen of them; `whole` says that no unit was chosen. The rest
    limits further where it is given."""

    units: frozenset[str]
    whole: bool = True
    section: str | None = None
    kind: str | None = None
    size: str | None = None

    @property
    def by_facility(self) -> bool:
        """Whether it chooses by what only facilities have."""
        return any((self.section, self.kind, self.size))


class Supporting:
    """Of one plan. Further limits, such as the class of an option, are given to each of S1 to S6."""

    def __init__(self, cube: Cube, territory: Territory, plan: str, on: date, choice: Choice) -> None:
        self.cube, self.territory, self.plan, self.on, self.choice = cube, territory, plan, on, choice

    def measures(self, code: str, **limits: str) -> list[Figure]:
        read: Mapping[str, Callable[..., list[Figure]]] = {
            "S1": self.s1,
            "S2": self.s2,
            "S3": self.s3,
            "S4": self.s4,
            "S5": self.s5,
            "S6": self.s6,
        }
        return read[code](**limits)

    def s1(self, channel: str | None = None, audience: str | None = None) -> list[Figure]:
        found = []
        for measure, what, of in (
            ("campaigns", "campaign", channel),
            ("people", "people", channel),
            ("courses", "course", audience),
            ("sessions", "session", audience),
        ):
            if (of is None) and (channel or audience):
                continue
            unit = "people" if what == "people" else measure
            count = self.cube.at("activity", self.on, where(what=what, of=of))[0]
            divided = not self.choice.whole or self.choice.by_facility
            found.append(undivided(measure, unit) if divided else number(measure, unit, count))
        if channel is None:
            found += self._training(audience)
        if channel is None and audience is None:
            reached = self.cube.at("quality", self.on, self.here())[Q.REACHED]
            found.append(share("facilities-reached", "facilities", reached, self._active(), "no-facilities"))
        return found

    def _training(self, audience: str | None) -> list[Figure]:
        if self.choice.by_facility:
            return [undivided("participants", "participations"), undivided("pass-rate", "tests")]
        units = self.choice.units | {""} if self.choice.whole else self.choice.units
        sums = self.cube.at("training", self.on, where(audience=audience, unit=units))
        return [
            number("participants", "participations", sums[T.ATTENDED]),
            share("pass-rate", "tests", sums[T.PASSED], sums[T.TESTED], "no-tests"),
        ]

    def s2(self, option_class: str | None = None) -> list[Figure]:
        found: list[Figure] = []
        if option_class is None:
            pilots = self.cube.at("pilots", self.on, self.here())
            found += [
                number("pilots", "pilots", pilots[PilotMeasure.PILOTS]),
                number("pilots-finished", "pilots", pilots[PilotMeasure.FINISHED]),
                number("replications", "replications", pilots[PilotMeasure.REPLICATIONS]),
            ]
        sums = self.cube.at("options", self.on, self.here(**{"class": option_class}))
        found += [
            number("options-proposed", "options", sums[O.PROPOSED]),
            share("options-implemented", "options", sums[O.IN_USE], sums[O.PROPOSED], "no-options"),
            number("options-verified", "options", sums[O.VERIFIED]),
            number("options-pending", "options", sums[O.PENDING]),
            number("options-due", "options", sums[O.DUE]),
            number("options-not-implemented", "options", sums[O.NOT_IMPLEMENTED]),
            number("options-lapsed", "options", sums[O.LAPSED]),
            number("options-discontinued", "options", sums[O.DISCONTINUED]),
            number("options-excluded", "options", sums[O.EXCLUDED]),
            number("investment", "VND", sums[O.INVESTMENT]),
            number("yearly-saving", "VND", sums[O.YEARLY_SAVING]),
        ]
        if option_class is None:
            spread = self.cube.spread("payback", self.on, self.here())
            saving = self.cube.at("saving", self.on, self.here())
            grams = saving[S.CO2_EXPECTED] - saving[S.CO2_ACTUAL]
            found += [
                middle_of("payback", "years", spread, 100, "no-payback"),
                tonnes("co2-saved", "tCO2", grams, saving[S.CO2_KNOWN], "no-co2"),
            ]
        return found

    def s3(self) -> list[Figure]:
        if self.choice.by_facility:
            return [
                undivided("support-units", "units"),
                undivided("consultants", "consultants"),
                undivided("districts-linked", "districts"),
            ]
        found = [undivided("support-units", "units"), undivided("consultants", "consultants")]
        if self.choice.whole:
            networks = self.networks()
            consultants = sum(people for people in networks.values())
            found = [
                number("support-units", "units", len(networks)),
                number("consultants", "consultants", consultants),
            ]
        districts = self.districts()
        had = self.territory.had_districts(self.on.toordinal())
        empty = "level-ended" if had else "no-units"
        linked = sum(districts.values())
        return [*found, share("districts-linked", "districts", linked, len(districts), empty)]

    def networks(self) -> dict[str, int]:
        """The units at the Department that exist, with their active consultants."""
        found = {}
        for network in self.cube.names("network", "network"):
            sums = self.cube.at("network", self.on, where(network=network))
            if sums[NetworkMeasure.UNITS]:
                found[network] = sums[NetworkMeasure.CONSULTANTS]
        return found

    def districts(self) -> dict[str, bool]:
        """The districts and cities that exist, and whether each is linked to a unit that exists."""
        networks = frozenset(self.networks())
        return {
            unit: self.cube.at("link", self.on, where(unit=unit, network=networks))[0] > 0
            for unit in self.territory.units
            if unit in self.choice.units
            and self.cube.at("unit", self.on, where(unit=unit))[UnitMeasure.EXISTS]
        }

    def s4(self) -> list[Figure]:
        active = self._active()
        sums = self.cube.at("quality", self.on, self.here())
        official = None
        if not self.choice.by_facility:
            official = self.territory.official(self.choice.units, self.on.toordinal())
        registered = (
            undivided("registered", "facilities")
            if self.choice.by_facility
            else share("registered", "facilities", active, official or 0, "no-official-count")
        )
        lags = self.cube.spread("lag", self.on, self.here())
        return [
            registered,
            share("complete", "facilities", sums[Q.COMPLETE], active, "no-facilities"),
            share("fresh", "facilities", sums[Q.FRESH], active, "no-facilities"),
            middle_of("recording-delay", "days", lags, 1, "no-records"),
        ]

    def s5(self) -> list[Figure]:
        if self._limited:
            return [
                undivided("policies-planned", "documents"),
                undivided("policies-issued", "documents"),
                undivided("policies-late", "documents"),
                undivided("policies-dropped", "documents"),
                undivided("policy-delay", "days"),
            ]
        sums = self.cube.at("policy", self.on, where(plan=self.plan))
        delays = self.cube.spread(f"policy-delay:{self.plan}", self.on)
        return [
            number("policies-planned", "documents", sums[P.PLANNED]),
            share("policies-issued", "documents", sums[P.ISSUED], sums[P.PLANNED], "no-policies"),
            number("policies-late", "documents", sums[P.LATE]),
            number("policies-dropped", "documents", sums[P.DROPPED]),
            middle_of("policy-delay", "days", delays, 1, "nothing-issued"),
        ]

    def s6(self, source: str | None = None, group: str | None = None) -> list[Figure]:
        if self._limited:
            return [undivided(f"money-{stage}", "VND") for stage in ("planned", "committed", "disbursed")]
        sums = self.cube.at("funding", self.on, where(plan=self.plan, source=source, group=group))
        planned, committed = sums[FundingMeasure.PLANNED], sums[FundingMeasure.COMMITTED]
        return [
            number("money-planned", "VND", planned),
            share("money-committed", "VND", committed, planned, "no-money-planned"),
            share("money-disbursed", "VND", sums[FundingMeasure.DISBURSED], committed, "no-money-committed"),
        ]

    @property
    def _limited(self) -> bool:
        return not self.choice.whole or self.choice.by_facility

    def _active(self) -> int:
        return self.cube.at("facility", self.on, self.here())[M.ACTIVE]

    def here(self, **limits: str | None) -> Where:
        """Of facilities."""
        choice = self.choice
        return where(unit=choice.units, section=choice.section, kind=choice.kind, size=choice.size, **limits)
