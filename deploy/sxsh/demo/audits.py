"""The assessment of one facility: a real baseline, and what became of it, which is made up.

Most are approved, carried out, verified and measured again; `TWISTS` names those whose story differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from deploy.sxsh.demo.province import MARK, plant
from deploy.sxsh.demo.steps import Step

#: Facility number modulo `CYCLE` -> how its assessment differs from the common one.
CYCLE = 140
TWISTS = {
    5: "outlier-kept",
    11: "outlier-waiting",
    17: "outlier-left-out",
    23: "zero-output",
    29: "nine-months",
    31: "follow-up-refused",
    37: "discontinued",
    41: "option-refused",
    43: "rejected",
    47: "not-submitted",
    53: "two-metered",
    59: "two-shared",
    61: "new-product",
    67: "no-equivalence",
    71: "doubted",
    73: "approved-late",
    83: "same-figure",
    97: "same-figure-kept",
}
#: Twist -> what the review of its follow-up decides; a reviewer may leave out what is no outlier too.
REVIEWS = {"outlier-kept": "keep", "outlier-left-out": "leave-out", "doubted": "leave-out"}
SHARE = 0.36

#: Column of facilities.csv -> (resource, unit, column of the cost).
FLOWS = {
    "electricity_kwh": ("electricity", "kWh", "electricity_vnd"),
    "gas_m3": ("natural-gas", "m3", "gas_vnd"),
    "lpg_t": ("lpg", "t", "lpg_vnd"),
    "diesel_t": ("diesel", "t", "diesel_vnd"),
    "fuel_oil_t": ("fuel-oil", "t", "fuel_oil_vnd"),
    "coal_t": ("coal-3-4", "t", "coal_vnd"),
    "water_m3": ("water", "m3", "water_vnd"),
}

OPTIONS = (
    ("good-housekeeping", "Bịt rò rỉ khí nén, tắt máy khi không tải"),
    ("process-control", "Tự động điều chỉnh nhiệt độ lò theo tải"),
    ("equipment-modification", "Lắp biến tần cho bơm và quạt"),
    ("technology-change", "Thay lò hơi hiệu suất cao"),
    ("on-site-recovery", "Thu hồi nhiệt khói thải để gia nhiệt nước cấp"),
    ("input-change", "Thay nhiên liệu đốt bằng loại sạch hơn"),
)


def is_assessed(number: int) -> bool:
    return number % CYCLE in TWISTS or _dice(number).random() < SHARE


def _dice(number: int) -> Random:
    return Random(f"sxsh-demo-audit-{number}")  # noqa: S311  a story, not a secret


class Story:
    """Of one facility. `first` is what happens up to the verification, `later` the follow-ups."""

    def __init__(self, number: int) -> None:
        self.number, self.dice = number, _dice(number)
        self.dice.random()
        self.twist = TWISTS.get(number % CYCLE) or ("two-shared" if self.dice.random() < 0.08 else "")
        self.key = f"assessment-{number:04d}"
        self.path = f"/api/v1/assessments/{{{self.key}}}"
        self.opened = date(2017, 2, 1) + timedelta(self.dice.randrange(180))
        self.saving = self.dice.triangular(-0.05, 0.20, 0.11)
        self.growth = self.dice.uniform(0.85, 1.25)

    def first(self) -> Iterator[Step]:
        on, key = self.opened, self.key
        yield self._assessor(
            "",
            "/api/v1/assessments",
            {
                "facility_id": f"{{facility-{self.number:04d}}}",
                "method": "detailed" if self.dice.random() < 0.6 else "quick",
                "occurred_on": _day(on),
            },
        )
        yield Step(f"{key}-baseline", "assessor", "audits", f"{self.path}/baseline", self.baseline(), "PUT")
        yield from self._proposals(on + timedelta(20))
        if self.twist == "not-submitted":
            return
        yield self._assessor("-submission", f"{self.path}/submission", _on(on + timedelta(40)))
        if self.twist == "rejected":
            reason = {"reason": f"Số liệu điện chưa khớp với hóa đơn {MARK}", **_on(on + timedelta(60))}
            yield self._reviewer("-rejection", f"{self.path}/rejection", reason)
            return
        approved = date(2018, 10, 15) if self.twist == "approved-late" else on + timedelta(60)
        yield self._reviewer("-approval", f"{self.path}/approval", _on(approved))
        yield from self._options(on + timedelta(90))

    def later(self) -> Iterator[Step]:
        if self.twist in ("not-submitted", "rejected", "option-refused"):
            return
        yield from self._follow_up(2018, self.saving)
        if self.twist.startswith("same-figure"):
            yield from self._follow_up(2019, self.saving)
        if not self.twist and self.dice.random() < 0.3:
            yield from self._follow_up(2019, self.saving + self.dice.uniform(0, 0.03))

    def baseline(self) -> dict[str, Any]:
        return self._measurement(2016, self._outputs(1.0), 1.0)

    def report(self, year: int) -> dict[str, Any]:
        """The measurement of a follow-up, with the saving of the story."""
        return self._later(year, self.saving)

    def _proposals(self, on: date) -> Iterator[Step]:
        resources = [flow["resource"] for flow in self._flows() if flow["resource"] != "water"]
        for index, (kind, title) in enumerate(self.dice.sample(OPTIONS, 2)):
            body = {
                "option_class": kind,
                "title": f"{title} {MARK}",
                "resources": resources[: index + 1],
                "investment_vnd": self.dice.randrange(20, 3000) * 1_000_000,
                "yearly_saving_vnd": self.dice.randrange(20, 900) * 1_000_000,
                **_on(on),
            }
            yield self._assessor(f"-option-{index}", f"{self.path}/options", body)

    def _options(self, on: date) -> Iterator[Step]:
        first, second = (f"{self.path}/options/{{{self.key}-option-{index}}}" for index in (0, 1))
        refused = {"reason": f"Chủ cơ sở chưa bố trí được vốn {MARK}", **_on(on)}
        yield self._assessor("-refused-1", f"{second}/refusal", refused)
        if self.twist == "option-refused":
            yield self._assessor("-refused-0", f"{first}/refusal", refused)
            return
        yield self._assessor("-implemented", f"{first}/implementation", _on(on))
        yield self._reviewer("-verified", f"{first}/verification", _on(on + timedelta(60)))
        if self.twist == "discontinued":
            why = {"reason": f"Thiết bị hỏng, không thay {MARK}", **_on(date(2020, 5, 4))}
            yield self._assessor("-discontinued", f"{first}/discontinuation", why)

    def _follow_up(self, year: int, saving: float) -> Iterator[Step]:
        key = f"{self.key}-follow-up-{year}"
        one = f"{self.path}/follow-ups/{{{key}}}"
        judged = _on(date(year + 1, 2, 20))
        yield Step(key, "assessor", "audits", f"{self.path}/follow-ups", self._later(year, saving))
        if self.twist == "follow-up-refused":
            reason = {"reason": f"Thiếu sổ theo dõi sản lượng {MARK}", **judged}
            yield Step(f"{key}-refused", "reviewer", "audits", f"{one}/refusal", reason)
            return
        yield Step(f"{key}-accepted", "reviewer", "audits", f"{one}/acceptance", judged)
        decision = REVIEWS.get(self.twist)
        if decision:
            note = {"note": f"Đã đối chiếu hóa đơn và sổ sản xuất {MARK}", "decision": decision}
            path = f"{one}/outlier-review"
            yield Step(f"{key}-reviewed", "reviewer", "audits", path, {**note, **_on(date(year + 1, 4, 10))})
        if self.twist == "same-figure-kept" and year == 2019:
            note = {"note": f"Hai năm sản xuất như nhau, hóa đơn khớp từng tháng {MARK}", "decision": "keep"}
            body = {**note, "flag": "same-figure", **_on(date(year + 1, 4, 10))}
            yield Step(f"{key}-reviewed", "reviewer", "audits", f"{one}/flag-review", body)

    def _later(self, year: int, saving: float) -> dict[str, Any]:
        if self.twist.startswith("outlier"):
            saving = 0.55
        growth = 0.0 if self.twist == "zero-output" else self.growth
        found = self._measurement(year, self._outputs(growth), (growth or 1) * (1 - saving))
        if self.twist == "nine-months":
            found["period"]["end"] = f"{year}-09-30"
        if self.twist == "new-product":
            found["products"].append(self._product("C", "0.120", "1.5"))
        return found

    def _outputs(self, growth: float) -> list[dict[str, Any]]:
        output = float(plant(self.number)["output"])
        if self.twist not in ("two-metered", "two-shared", "no-equivalence"):
            return [self._product("A", _number(output * growth))]
        weighed = self.twist != "no-equivalence"
        return [
            self._product("A", _number(output * 0.6 * growth), "1" if weighed else None),
            self._product("B", _number(output * 0.4 * growth**2), "1.3" if weighed else None),
        ]

    def _product(self, code: str, output: str, equivalence: str | None = None) -> dict[str, Any]:
        line = plant(self.number)
        name = line["product"] if code == "A" else f"{line['product']} – {code} {MARK}"
        found = {"code": code, "name": name, "unit": line["unit"], "output": output}
        return found if equivalence is None else {**found, "equivalence": equivalence}

    def _measurement(self, year: int, products: list[dict[str, Any]], factor: float) -> dict[str, Any]:
        return {
            "period": {"start": f"{year}-01-01", "end": f"{year}-12-31"},
            "products": products,
            "flows": [flow for one in self._flows(factor) for flow in self._metered(one)],
        }

    def _flows(self, factor: float = 1.0) -> list[dict[str, Any]]:
        line = plant(self.number)
        found = []
        for column, (resource, unit, cost) in FLOWS.items():
            if not line[column]:
                continue
            quantity = _number(float(line[column]) * factor)
            flow: dict[str, Any] = {
                "resource": resource,
                "quantity": quantity,
                "unit": unit,
                "basis": "metered",
            }
            if line[cost]:
                flow["cost_vnd"] = round(float(line[cost]) * factor)
            found.append(flow)
        return found

    def _metered(self, flow: dict[str, Any]) -> list[dict[str, Any]]:
        """Electricity has a meter a product where the story says so; the rest is shared."""
        if self.twist != "two-metered" or flow["resource"] != "electricity":
            return [flow]
        parts = []
        for code, share in (("A", 0.7), ("B", 0.3)):
            quantity = _number(float(flow["quantity"]) * share)
            parts.append({**flow, "quantity": quantity, "product": code})
            parts[-1].pop("cost_vnd", None)
        return parts

    def _assessor(self, suffix: str, path: str, body: dict[str, Any]) -> Step:
        return Step(self.key + suffix, "assessor", "audits", path, body)

    def _reviewer(self, suffix: str, path: str, body: dict[str, Any]) -> Step:
        return Step(self.key + suffix, "reviewer", "audits", path, body)


def _on(day: date) -> dict[str, Any]:
    return {"occurred_on": _day(day)}


def _day(day: date) -> str:
    return day.isoformat()


def _number(value: float) -> str:
    return f"{value:.3f}"
