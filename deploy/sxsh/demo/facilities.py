"""What is registered of one facility, what becomes of it, and what it knows; the plant itself is real."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from deploy.sxsh.demo.province import DISTRICTS, MARK, TRADES, District, plant
from deploy.sxsh.demo.steps import Step

BENEFITS = ("saves-energy", "saves-materials", "saves-water", "cuts-waste", "cuts-cost", "health-safety")

#: Facility number modulo `CYCLE` -> what becomes of it: (route, day, reason or district), in order.
CYCLE = 70
FATES: dict[int, tuple[tuple[str, date, str], ...]] = {
    3: (("closures", date(2018, 6, 30), "Chấm dứt hoạt động"),),
    9: (("suspensions", date(2020, 3, 1), "Thiếu đơn hàng"),),
    19: (("suspensions", date(2018, 9, 1), "Sửa chữa lớn nhà xưởng"),),
    25: (
        ("suspensions", date(2017, 10, 1), "Di dời dây chuyền"),
        ("reopenings", date(2018, 4, 1), "Dây chuyền mới đã chạy"),
    ),
    33: (
        ("closures", date(2017, 12, 31), "Giải thể"),
        ("reopenings", date(2019, 7, 1), "Chủ mới hoạt động lại"),
    ),
    39: (("moves", date(2019, 1, 1), "yen-khanh"),),
    45: (("moves", date(2018, 1, 1), "gia-vien"),),
    51: (("corrections", date(2018, 9, 1), "Chuyển sang xử lý chất thải"),),
    57: (("corrections", date(2017, 12, 1), "Ghi nhầm loại hình khi đăng ký"),),
}
OUT_OF_SCOPE = 51
HOUSEHOLD_UNDER = 80


class Facility:
    def __init__(self, number: int) -> None:
        self.number, self.plant = number, plant(number)
        self.key = f"facility-{number:04d}"
        self.path = f"/api/v1/facilities/{{{self.key}}}"
        self.dice = Random(f"sxsh-demo-facility-{number}")  # noqa: S311  a story, not a secret
        self.registered = date(2015, 1, 5) + timedelta(self.dice.randrange(700))
        self.district: District = self.dice.choices(DISTRICTS, [d.share for d in DISTRICTS])[0]
        self.household = int(self.plant["employees"] or 0) < HOUSEHOLD_UNDER

    def registration(self) -> Step:
        trade = TRADES.get(self.plant["vsic"], "Sản xuất")
        form = "Hộ kinh doanh" if self.household else "Công ty TNHH"
        body: dict[str, Any] = {
            "code": f"NB-{self.number:04d}",
            "name": f"{form} {trade} {self.number:03d} {MARK}",
            "kind": "household" if self.household else "enterprise",
            "industry": {"version": 2018, "code": self.plant["vsic"]},
            "products": [{"name": self.plant["product"], "unit": self.plant["unit"]}],
            "latitude": round(self.district.latitude + self.dice.uniform(-0.03, 0.03), 5),
            "longitude": round(self.district.longitude + self.dice.uniform(-0.03, 0.03), 5),
            "unit_id": self.district.id,
            "occurred_on": self.registered.isoformat(),
        }
        if self.plant["employees"]:
            body["employees"] = int(self.plant["employees"])
        if not self.household:
            body["tax_code"] = f"2700{self.number:06d}"
        return Step(self.key, "registrar", "registry", "/api/v1/facilities", body)

    def fate(self) -> Iterator[Step]:
        for route, day, what in FATES.get(self.number % CYCLE, ()):
            said: dict[str, Any] = {"unit_id": what} if route == "moves" else {"reason": f"{what} {MARK}"}
            if route == "corrections":
                said["changes"] = self._changes()
            body = {**said, "occurred_on": day.isoformat()}
            yield Step(f"{self.key}-{route}", "registrar", "registry", f"{self.path}/{route}", body)

    def _changes(self) -> dict[str, Any]:
        """What is corrected: the industry, to one outside the plan, or the kind, to the other."""
        if self.number % CYCLE == OUT_OF_SCOPE:
            return {"industry": {"version": 2018, "code": "38"}}
        return {"kind": "enterprise" if self.household else "household"}

    def training(self, sessions: dict[str, str]) -> Iterator[Step]:
        """Some attend the session of their district and are tested there. `sessions`: district -> its day."""
        if self.dice.random() > 0.3:
            return
        key = f"{self.key}-attended"
        path = f"/api/v1/courses/{{course-facilities}}/sessions/{{session-{self.district.id}}}/participations"
        name = {"name": f"Nguyễn Văn {self.number} {MARK}"}
        yield Step(key, "trainer", "training", path, {"facility_id": f"{{{self.key}}}", "attendee": name})
        score = {"score": self.dice.randrange(40, 101), "occurred_on": sessions[self.district.id]}
        yield Step(f"{self.key}-test", "trainer", "training", f"/api/v1/participations/{{{key}}}/test", score)

    def census(self) -> Iterator[Step]:
        """One answer or more over the years; who names nothing is asked again, a few forget later."""
        day = max(self.registered, date(2016, 9, 5)) + timedelta(self.dice.randrange(900))
        known = 0.74
        for visit in range(3):
            if day > date(2020, 11, 30):
                return
            names = self.dice.random() < known
            yield self._answer("census", visit, day, self._named() if names else [])
            if names and self.dice.random() > 0.1:
                return
            day += timedelta(200 + self.dice.randrange(200))
            known = 0.3 if names else 0.75

    def sample(self) -> Iterator[Step]:
        if self.number % 20 == 1:
            named = self._named() if self.dice.random() < 0.8 else []
            step = self._answer("sample", 0, date(2018, 10, 10), named)
            step.body["weight"] = "20"
            yield step

    def _named(self) -> list[str]:
        return self.dice.sample(BENEFITS, self.dice.randrange(1, 4))

    def _answer(self, survey: str, visit: int, day: date, benefits: list[str]) -> Step:
        body = {
            "facility_id": f"{{{self.key}}}",
            "benefits": benefits,
            "occurred_on": day.isoformat(),
        }
        path = f"/api/v1/surveys/{{survey-{survey}}}/answers"
        return Step(f"{self.key}-{survey}-{visit}", "trainer", "training", path, body)
