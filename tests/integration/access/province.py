"""One of each record in the caller's district and in another, and what would be written about them."""

from __future__ import annotations

import io
from typing import Any, NamedTuple

from services.eventkit.identity import Role
from tests.integration.kpi.neighbourhood import Neighbourhood
from tests.integration.kpi.told_province import DISTRICTS, attended, facility, measured, officer
from tests.integration.registry.plan_bodies import plan, task

#: The caller's district, and another.
OWN, OTHER = DISTRICTS
#: Who is limited to the own district, and uploads there.
LOCAL = "minh"
DAY = {"occurred_on": "2019-05-20"}
WHY = {"reason": "một lý do", **DAY}

Ids = dict[str, str]


class Province(NamedTuple):
    """`ids` are of the records in the own district and in the other, by the names that routes give them."""

    of: Neighbourhood
    ids: dict[str, Ids]


def key_of(role: Role) -> str:
    """The API key of a machine that has this role."""
    return f"a-key-for-{role}-of-256-random-bits"


def tell(of: Neighbourhood) -> Province:
    province = {"id": "ninh-binh", "code": "37", "name": "Tỉnh Ninh Bình", "kind": "province"}
    of.did("registry", "/units", {**province, "level": "province", "occurred_on": "2000-01-01"})
    for id_, (code, name) in DISTRICTS.items():
        unit = {"id": id_, "code": code, "name": name, "level": "district", "kind": "district"}
        of.did("registry", "/units", {**unit, "occurred_on": "2000-01-01"})
    of.did("registry", "/plans", plan(territory=[OWN, OTHER]))
    end = {"id": "sap-nhap", "title": "Sáp nhập", "source": "Nghị quyết", "complete": False}
    both = [{"unit_id": unit, "kind": "end-of-level"} for unit in (OWN, OTHER)]
    of.did("registry", "/reorganisations", {**end, "changes": both, "occurred_on": "2025-07-01"})
    course = {"title": "Lớp", "audience": "facilities", "pass_mark": 60, "occurred_on": "2018-03-01"}
    survey = {"title": "Điều tra", "mode": "sample", "occurred_on": "2018-03-01"}
    census = {"title": "Hỏi cả tỉnh", "mode": "census", "occurred_on": "2018-03-01"}
    campaign = {"title": "Truyền hình", "channel": "television", "occurred_on": "2018-03-01"}
    shared = {
        "asked": _id(of.did("training", "/surveys", census)),
        "spoken": _id(of.did("training", "/campaigns", campaign)),
        "course_id": _id(of.did("training", "/courses", course)),
        "drawn": _id(of.did("training", "/surveys", survey)),
        "plan_id": "nb-1051-2016",
        "task_id": "to-roi",
        "reorganisation_id": "sap-nhap",
        "code": "K1",
    }
    ids = {unit: {**shared, **_in_district(of, unit, shared)} for unit in DISTRICTS}
    of.did("training", f"/surveys/{shared['drawn']}/draw", {"size": 4, "seed": 1, **DAY})
    of.catch_up()
    return Province(of, ids)


def _in_district(of: Neighbourhood, unit: str, shared: Ids) -> Ids:
    code = DISTRICTS[unit][0]
    same = {"unit_id": unit, "tax_code": f"2700123{code}"}
    one, alike, twice = (
        facility(of, f"NB-{code}-{number}", f"Gạch {number}", **same) for number in (1, 2, 3)
    )
    of.did("registry", f"/facilities/{twice}/merges", {"survivor_id": one, **WHY})
    survey = {"title": "Hỏi", "mode": "census", "unit_ids": [unit], "occurred_on": "2018-03-01"}
    asked = of.did("training", "/surveys", survey)
    answer = {"facility_id": one, "benefits": ["cuts-cost"], "occurred_on": "2018-04-12"}
    for each in (asked, f"/surveys/{shared['asked']}"):
        of.did("training", f"{each}/answers", answer)
    campaign = {"title": "Phát thanh", "channel": "radio", "unit_ids": [unit], "occurred_on": "2018-03-01"}
    spoken = of.did("training", "/campaigns", campaign)
    for each in (spoken, f"/campaigns/{shared['spoken']}"):
        of.did("training", f"{each}/facilities", {"facility_id": one, "occurred_on": "2018-04-01"})
    held = {"unit_id": unit, "place": "Sở", "hours": 16, "occurred_on": "2018-04-12"}
    return {
        "unit_id": unit,
        "facility_id": one,
        "other_id": alike,
        "merged": twice,
        "officer_id": officer(of, "Nguyễn Thị Hoa", unit),
        "survey_id": _id(asked),
        "campaign_id": _id(spoken),
        "session_id": _id(of.did("training", f"/courses/{shared['course_id']}/sessions", held)),
        "participation_id": _id(attended(of, "facilities", {"facility_id": one}, "2018-04-12")),
        **_assessed(of, one),
        **{f"{service} import": _uploaded(of, service, unit) for service in KINDS},
    }


def _assessed(of: Neighbourhood, facility_id: str) -> Ids:
    """Approved, its option verified and a pilot, and a year measured that is doubted."""
    opened = {"facility_id": facility_id, "method": "quick", "occurred_on": "2018-02-01"}
    at = of.did("audits", "/assessments", opened)
    of.did("audits", f"{at}/baseline", measured(2017, "1200"), method="PUT")
    option = of.did("audits", f"{at}/options", PROPOSAL)
    of.did("audits", f"{at}/submission", {"occurred_on": "2018-03-01"})
    of.did("audits", f"{at}/approval", {"occurred_on": "2018-03-10"}, "dung")
    of.did("audits", f"{option}/implementation", {"occurred_on": "2018-08-01"})
    of.did("audits", f"{option}/verification", {"occurred_on": "2018-09-01"}, "dung")
    shown = {"option_ids": [_id(option)], "title": "Lò kiểu mẫu", "occurred_on": "2018-10-01"}
    evidence = {"of": _id(at), "sha256": "ab" * 32, "media_type": "application/pdf", "bytes": 1, "title": "x"}
    return {
        "assessment_id": _id(at),
        "option_id": _id(option),
        "pilot_id": _id(of.did("audits", f"{at}/pilots", shown)),
        "attachment_id": _id(of.did("audits", f"{at}/attachments", {**evidence, **DAY})),
        "follow_up_id": _id(of.did("audits", f"{at}/follow-ups", measured(2019, "300"))),
    }


#: A kind of rows of each service that takes files, and whom it is for.
KINDS = {
    "registry": ("facilities", "registrar"),
    "audits": ("assessments", "assessor"),
    "training": ("answers", "trainer"),
}


def _uploaded(of: Neighbourhood, service: str, unit: str) -> str:
    """Of the local caller in the own district, of somebody else in the other."""
    kind, role = KINDS[service]
    headers = of.issuer.bearer(LOCAL if unit == OWN else "xuan", [role])
    sent = (
        of.apps[service]
        .test_client()
        .post(
            f"/api/v1/imports?kind={kind}&format=xlsx",
            data=io.BytesIO(b"no workbook"),
            headers=headers,
            content_type="application/octet-stream",
        )
    )
    assert sent.status_code == 201, sent.text
    return str(sent.get_json()["id"])


def _id(at: str) -> str:
    return at.rpartition("/")[2]


PROPOSAL = {
    "option_class": "process-control",
    "title": "Sấy gạch bằng nhiệt thải",
    "resources": ["coal-5-6"],
    "investment_vnd": 90_000_000,
    "yearly_saving_vnd": 45_000_000,
    "occurred_on": "2018-02-20",
}


def body(service: str, method: str, route: str, ids: Ids) -> Any:
    """What is sent in the ordinary course, about the records of one district; None where nothing is."""
    if method in ("GET", "DELETE"):
        return None
    if route == "/api/v1/revocations":
        return {"subject": "nobody", "reason": "x"}
    return _BODIES[service](ids).get(f"{method} {route.removeprefix('/api/v1')}", WHY)


def _registry(ids: Ids) -> dict[str, Any]:
    details = {
        "code": "NB-NEW",
        "name": "Mới",
        "kind": "enterprise",
        "industry": {"version": 2007, "code": "2392"},
        "products": [],
    }
    place = {"unit_id": ids["unit_id"], **DAY}
    money = {"amount_vnd": 1000, **DAY}
    unit = {"code": "399", "name": "Mới", "level": "district", "kind": "district", **DAY}
    new = {"id": "moi", "title": "Mới", "source": "x", "complete": False, "changes": [], **DAY}
    link = {"network_id": "none", "office": "Phòng Kinh tế", **DAY}
    person = {"name": "Nguyễn Văn An"}
    return {
        "POST /facilities": {**details, **place},
        "POST /facilities/<facility_id>/corrections": {"changes": {"employees": 7}, **WHY},
        "POST /facilities/<facility_id>/moves": place,
        "POST /facilities/<facility_id>/merges": {"survivor_id": ids["other_id"], **WHY},
        "POST /facilities/<facility_id>/distinctions": {"other_id": ids["other_id"], **WHY},
        "POST /officers": {"person": person, **DAY},
        "POST /officers/<officer_id>/appointments": {"dedicated": True, **place},
        "POST /officers/<officer_id>/reliefs": {"unit_id": ids["unit_id"], **WHY},
        "POST /consultants": {"network_id": "none", "person": person, "fields": ["điện"], **DAY},
        "POST /networks": {"name": "Trung tâm", "decision": "1/QĐ", **DAY},
        "POST /units": {"id": "moi", **unit},
        "POST /units/<unit_id>/renamings": {"code": "399", "name": "Mới", **DAY},
        "POST /units/<unit_id>/official-counts": {"facilities": 9, "source": "Cục Thống kê", **DAY},
        "POST /units/<unit_id>/network-links": link,
        "POST /units/<unit_id>/network-links/unlinks": {"network_id": "none", **WHY},
        "POST /plans": plan("another"),
        "POST /plans/<plan_id>/tasks": {**task("moi", 1, "Mới"), **DAY},
        "POST /plans/<plan_id>/tasks/<task_id>/status": {"status": "under-way", **DAY},
        "POST /plans/<plan_id>/tasks/<task_id>/progress-reports": {"percent": 5, "text": "x", **DAY},
        "POST /policies": {
            "plan_id": ids["plan_id"],
            "title": "x",
            "kind": "decision",
            "agency": "x",
            "due": "2020-01-01",
            **DAY,
        },
        "POST /policies/<policy_id>/issue": {"number": "1", "issuer": "x", **DAY},
        "POST /funding": {"plan_id": ids["plan_id"], "group": 1, "source": "local", **money},
        "POST /funding/<line_id>/commitments": money,
        "POST /funding/<line_id>/disbursements": money,
        "POST /funding/<line_id>/corrections": {"of": "planned", "delta_vnd": 1, **WHY},
        "POST /reorganisations": new,
        "POST /reorganisations/loads": {"name": "ninh-binh-2025-01"},
        **_IMPORTS,
    }


def _audits(ids: Ids) -> dict[str, Any]:
    review = {"decision": "keep", "note": "đã xem", **DAY}
    at, option = "POST /assessments/<assessment_id>", "/options/<option_id>"
    follow_up = f"{at}/follow-ups/<follow_up_id>"
    evidence = {"sha256": "ab" * 32, "media_type": "application/pdf", "bytes": 1, "title": "x"}
    return {
        "POST /assessments": {"facility_id": ids["facility_id"], "method": "quick", **DAY},
        "PUT /assessments/<assessment_id>/baseline": measured(2017, "900"),
        f"{at}/baseline/corrections": {**measured(2017, "900"), "reason": "nhầm"},
        f"{at}/approval": DAY,
        f"{at}/submission": DAY,
        f"{at}/steps": {"step": 1, **DAY},
        f"{at}/pilots": {"option_ids": [ids["option_id"]], "title": "x", **DAY},
        f"{at}/pilots/<pilot_id>/finish": {"result": "x", **DAY},
        f"{at}/attachments": {"of": ids["assessment_id"], **evidence, **DAY},
        f"{at}/options": PROPOSAL,
        f"{at}{option}/answers": {"answer": "still-pending", **DAY},
        f"{at}{option}/corrections": {"title": "y", **WHY},
        f"{at}{option}/deferral": DAY,
        f"{at}{option}/implementation": DAY,
        f"{at}{option}/verification": DAY,
        f"{at}{option}/replication": {"pilot_id": ids["pilot_id"], **DAY},
        f"{at}/follow-ups": measured(2020, "1000"),
        f"{follow_up}/acceptance": DAY,
        f"{follow_up}/corrections": {**measured(2019, "900"), "reason": "nhầm"},
        f"{follow_up}/flag-review": {"flag": "outlier", **review},
        f"{follow_up}/outlier-review": review,
        **_IMPORTS,
    }


def _training(ids: Ids) -> dict[str, Any]:
    units = {"unit_ids": [ids["unit_id"]], **DAY}
    about = {"facility_id": ids["facility_id"]}
    session = {"unit_id": ids["unit_id"], "place": "Sở", "hours": 8, **DAY}
    return {
        "POST /campaigns": {"title": "x", "channel": "radio", **units},
        "POST /campaigns/<campaign_id>/closure": DAY,
        "POST /campaigns/<campaign_id>/facilities": {**about, **DAY},
        "POST /campaigns/<campaign_id>/reach-reports": {"people": 5, "source": "x", **DAY},
        "POST /courses": {"title": "x", "audience": "facilities", "pass_mark": 60, **DAY},
        "POST /courses/<course_id>/sessions": session,
        "POST /courses/<course_id>/sessions/<session_id>/participations": about,
        "POST /participations/<participation_id>/certificate": DAY,
        "POST /participations/<participation_id>/test": {"score": 80, **DAY},
        "POST /surveys": {"title": "x", "mode": "sample", **units},
        "POST /surveys/<survey_id>/answers": {**about, "benefits": [], **DAY},
        "POST /surveys/<survey_id>/closure": DAY,
        "POST /surveys/<survey_id>/draw": {"size": 1, **DAY},
        **_IMPORTS,
    }


def _kpi(ids: Ids) -> dict[str, Any]:
    again = {"corrects": "none", "reason": "x", "label": "x"}
    return {
        "POST /official-values": {"on": "2018-12-31", "label": "x"},
        "POST /official-values/<period_id>/corrections": again,
        "POST /projections/parked/<subject>/redrive": None,
    }


_IMPORTS = {"POST /imports/<import_id>/run": {"rows": "all"}, "POST /imports/<import_id>/cancellation": None}
_BODIES = {"registry": _registry, "audits": _audits, "training": _training, "kpi": _kpi}

#: What is asked for beside the path.
QUERIES = {
    "GET /api/v1/positions": "at=2019-01-15T00:00:00Z",
    "GET /api/v1/targets/<code>/facilities": "unit_id={unit_id}",
    "GET /api/v1/targets/<code>/facilities/export": "unit_id={unit_id}&format=jsonl",
    "GET /api/v1/targets/<code>/changes": "unit_id={unit_id}&from=2019-01-15",
    "GET /targets/<code>/changes": "unit_id={unit_id}&from=2019-01-15",
    "GET /api/v1/surveys/<survey_id>/estimate": "unit_id={unit_id}",
    "GET /api/v1/duplicates": "by=tax-code",
    "GET /api/v1/duplicates/export": "by=tax-code&format=jsonl",
    "DELETE /api/v1/officers/<officer_id>/person": "reason=x",
    "DELETE /api/v1/consultants/<consultant_id>/person": "reason=x",
    "DELETE /api/v1/participations/<participation_id>/attendee": "reason=x",
}
