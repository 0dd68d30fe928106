"""A small province told through the APIs, with one of each that a page has to show."""

from __future__ import annotations

from typing import Any

from tests.integration.kpi.neighbourhood import Neighbourhood

DISTRICTS = {"nho-quan": ("372", "Huyện Nho Quan"), "kim-son": ("376", "Huyện Kim Sơn")}


def tell(of: Neighbourhood) -> dict[str, str]:
    """Ids by the names of the tests.

    `gach` adopts and is measured, `mia` is closed, `coi` a household that attended, `doi` is flagged and
    shares its tax code with `gach`; `hoa` is a capable officer of Nho Quan, `lan` of Kim Sơn has one whose
    certificate ran out, `ba` is not dedicated.
    """
    for id_, (code, name) in DISTRICTS.items():
        unit = {"id": id_, "code": code, "name": name, "level": "district", "kind": "district"}
        of.did("registry", "/units", {**unit, "occurred_on": "2000-01-01"})
    ids = {
        "gach": facility(of, "NB-1", "Gạch Đông Sơn", tax_code="2700123456"),
        "mia": facility(of, "NB-2", "Đường Mía Ninh Bình", employees=150, tax_code="2700999888"),
        "coi": facility(
            of, "NB-3", "Cói Ấm", unit_id="kim-son", kind="household", employees=4, tax_code=None, products=[]
        ),
        "doi": facility(of, "NB-4", "Gạch Đồi", employees=None, tax_code="2700123456"),
    }
    of.did(
        "registry", f"/facilities/{ids['mia']}/closures", {"reason": "hết mía", "occurred_on": "2018-06-01"}
    )
    for name, coal in (("gach", "1080"), ("doi", "300")):
        ids[f"{name}-assessment"] = adopted(of, ids[name], coal)
    survey = of.did(
        "training", "/surveys", {"title": "Điều tra", "mode": "census", "occurred_on": "2018-03-01"}
    )
    answer = {"facility_id": ids["gach"], "benefits": ["cuts-cost"], "occurred_on": "2018-04-12"}
    of.did("training", f"{survey}/answers", answer)
    attended(of, "facilities", {"facility_id": ids["coi"]}, "2018-04-12")
    ids["hoa"] = officer(of, "Nguyễn Thị Hoa", "nho-quan")
    ids["lan"] = officer(of, "Trần Văn Lan", "kim-son")
    ids["ba"] = officer(of, "Lê Văn Ba", "kim-son", dedicated=False)
    for name, day in (("hoa", "2019-02-01"), ("lan", "2016-02-01")):
        part = attended(of, "officers", {"officer_id": ids[name]}, day)
        of.did("training", f"{part}/test", {"score": 90, "occurred_on": day})
        of.did("training", f"{part}/certificate", {"occurred_on": day})
    of.catch_up()
    return ids


def facility(of: Neighbourhood, code: str, name: str, **changes: Any) -> str:
    body = {
        "code": code,
        "name": name,
        "kind": "enterprise",
        "industry": {"version": 2007, "code": "2392"},
        "employees": 60,
        "products": [{"name": "Gạch nung", "unit": "1000 viên"}],
        "latitude": 20.25,
        "longitude": 105.97,
        "unit_id": "nho-quan",
        "occurred_on": "2015-03-01",
    }
    return of.did("registry", "/facilities", {**body, **changes}).rpartition("/")[2]


def officer(of: Neighbourhood, name: str, unit: str, *, dedicated: bool = True) -> str:
    at = of.did("registry", "/officers", {"person": {"name": name}, "occurred_on": "2016-01-01"})
    body = {"unit_id": unit, "dedicated": dedicated, "occurred_on": "2016-01-02"}
    of.did("registry", f"{at}/appointments", body)
    return at.rpartition("/")[2]


def attended(of: Neighbourhood, audience: str, who: dict[str, str], day: str) -> str:
    course = {"title": "Lớp", "audience": audience, "pass_mark": 60, "occurred_on": day}
    at = of.did("training", "/courses", course)
    session = {"unit_id": "nho-quan", "place": "Sở", "hours": 16, "occurred_on": day}
    held = of.did("training", f"{at}/sessions", session)
    return of.did("training", f"{held}/participations", who)


def measured(year: int, coal: str, kwh: str = "81000") -> dict[str, Any]:
    return {
        "period": {"start": f"{year}-01-01", "end": f"{year}-12-31"},
        "products": [{"code": "brick", "name": "Gạch nung", "unit": "1000 pieces", "output": 9000}],
        "flows": [
            {"resource": "coal-5-6", "quantity": coal, "unit": "t", "basis": "metered"},
            {"resource": "electricity", "quantity": kwh, "unit": "kWh", "basis": "metered"},
        ],
    }


def adopted(of: Neighbourhood, facility_id: str, coal: str) -> str:
    """Approved, one option verified, and a year measured and accepted; the assessment's id."""
    opened = {"facility_id": facility_id, "method": "quick", "occurred_on": "2018-02-01"}
    at = of.did("audits", "/assessments", opened)
    of.did("audits", f"{at}/baseline", measured(2017, "1200"), method="PUT")
    option = of.did(
        "audits",
        f"{at}/options",
        {
            "option_class": "process-control",
            "title": "Sấy gạch bằng nhiệt thải",
            "resources": ["coal-5-6"],
            "investment_vnd": 90_000_000,
            "yearly_saving_vnd": 45_000_000,
            "occurred_on": "2018-02-20",
        },
    )
    of.did("audits", f"{at}/submission", {"occurred_on": "2018-03-01"})
    of.did("audits", f"{at}/approval", {"occurred_on": "2018-03-10"}, "dung")
    of.did("audits", f"{option}/implementation", {"occurred_on": "2018-08-01"})
    of.did("audits", f"{option}/verification", {"occurred_on": "2018-09-01"}, "dung")
    report = of.did("audits", f"{at}/follow-ups", measured(2019, coal, "80000"))
    of.did("audits", f"{report}/acceptance", {"occurred_on": "2020-02-01"}, "dung")
    return at.rpartition("/")[2]
