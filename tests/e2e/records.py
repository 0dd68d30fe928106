"""One record of every kind in a running system, made through its APIs: what exists can be asked for."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from services.audits.api.import_sheets import SHEETS
from tests.e2e.launched import Launched, sxsh
from tests.integration.bulk.files import xlsx

_ON = "2018-06-01"
DAY = {"occurred_on": _ON}


def _measured(year: int) -> dict[str, Any]:
    return {
        "period": {"start": f"{year}-01-01", "end": f"{year}-12-31"},
        "products": [{"code": "brick", "name": "Gạch nung", "unit": "1000 pieces", "output": 9000}],
        "flows": [{"resource": "electricity", "quantity": "81000.5", "unit": "kWh", "basis": "metered"}],
    }


class Records:
    """`ids` maps the name of a path parameter, or of a body's field, to the id of the record made; what
    has the same name in several services is in `own`, by service."""

    def __init__(self, system: Launched) -> None:
        self._system = system
        self.ids: dict[str, str] = {"unit_id": "kim-son", "code": "K1"}
        self.own: dict[str, dict[str, str]] = {}
        self._registry()
        self._audits()
        self._training()
        self.ids["subject"] = f"facility:{self.ids['facility_id']}"
        self._official()
        self._signed()
        self._reported()

    def of(self, service: str) -> dict[str, str]:
        return {**self.ids, **self.own.get(service, {})}

    def _official(self) -> None:
        """What is official of a period, once the projection is there to be read."""
        self.ids["period_id"] = "nb-1051-2016.2018-12-31"
        body = {"on": "2018-12-31", "label": "Báo cáo năm 2018", "despite": ["lag"]}
        for _ in range(600):
            status, answer, _ = self._system.ask("POST", "kpi", "/api/v1/official-values", body)
            if status != 503:
                break
            time.sleep(0.1)
        assert status == 201, answer

    def _signed(self) -> None:
        """Every log has a checkpoint, and an event."""
        for service in ("registry", "audits", "training", "kpi"):
            first = self._system.call("GET", service, "/api/v1/events?limit=1")[1]
            self.own.setdefault(service, {})["event_id"] = first["events"][0]["id"]
            for _ in range(900):
                status = self._system.call("GET", service, "/api/v1/checkpoints/latest")[0]
                if status == 200:
                    break
                time.sleep(0.1)
            assert status == 200, service
            revoked = {"subject": "who-has-left", "reason": "x"}
            made = self._system.ask("POST", service, "/api/v1/revocations", revoked)[1]
            self.own[service]["revocation_id"] = made["id"]
        self.ids["fact_id"] = self.own["registry"]["event_id"]

    def _reported(self) -> None:
        """A report that is kept."""
        asked = ("--due", "--year", "2019", "--quarter", "2", "--lang", "en")
        made = sxsh("report", *asked, "--data", str(self._system.workspace.root))
        assert made.returncode == 0, made.stderr
        last = made.stdout.split()[-1]
        self.own["kpi"] |= {"year": "2019", "quarter": "2", "kept_id": last}

    def _import(self, service: str, kind: str, file: bytes, format_: str = "csv") -> None:
        """An import that is checked."""
        path = f"/api/v1/imports?kind={kind}&format={format_}"
        status, answer, _ = self._system.ask("POST", service, path, file)
        assert status == 201, answer
        self.own[service] = {"import_id": answer["id"], "import_kind": kind}
        for _ in range(900):
            _, answer, _ = self._system.ask("GET", service, f"/api/v1/imports/{answer['id']}")
            if answer["state"] != "checking":
                break
            time.sleep(0.05)
        assert answer["state"] == "checked", answer

    def _did(self, service: str, path: str, body: Mapping[str, Any], method: str = "POST") -> str:
        """The id at the end of the address of what was made."""
        status, answer, headers = self._system.ask(method, service, f"/api/v1{path}", body)
        assert status in (200, 201), (path, answer)
        return headers.get("Location", "").rpartition("/")[2]

    def _registry(self) -> None:
        unit = {"id": "kim-son", "code": "376", "name": "Kim Sơn", "level": "district", "kind": "district"}
        self._did("registry", "/units", unit | DAY)
        facility = {
            "code": "NB-FUZZ",
            "name": "Cói Kim Sơn",
            "kind": "enterprise",
            "industry": {"version": 2018, "code": "16292"},
            "unit_id": "kim-son",
        }
        self.ids["facility_id"] = self._did("registry", "/facilities", facility | DAY)
        self.ids["officer_id"] = self._did("registry", "/officers", {"person": {"name": "Bùi Thị Lan"}} | DAY)
        appointment = {"unit_id": "kim-son", "dedicated": True}
        self._did("registry", f"/officers/{self.ids['officer_id']}/appointments", appointment | DAY)
        twin = facility | {"code": "NB-FUZZ-2"}
        self.ids["other_id"] = self._did("registry", "/facilities", twin | DAY)
        self._reorganisation()
        self._plans()
        self._import(
            "registry",
            "facilities",
            "Code,Name,Kind,VSIC version,Industry code,Unit,Since\n"
            "NB-IN,Cói Phát Diệm,household,2018,16292,kim-son,2018-06-01\n"
            "NB-OUT,Cói Phát Diệm,household,2018,16292,nowhere,2018-06-01\n".encode(),
        )

    def _reorganisation(self) -> None:
        town = {"code": "371", "name": "Phát Diệm", "level": "district", "kind": "town"}
        self._did("registry", "/units", {"id": "phat-diem", **town} | DAY)
        renaming = {
            "id": "phat-diem-2018",
            "title": "Đổi tên",
            "source": "Quyết định",
            "complete": True,
            "changes": [{"unit_id": "phat-diem", "kind": "rename"}],
            "new_units": [{"unit_id": "phat-diem", **town, "name": "Thị trấn Phát Diệm"}],
        }
        self.ids["reorganisation_id"] = self._did("registry", "/reorganisations", renaming | DAY)

    def _plans(self) -> None:
        task = {"task_id": "mo-hinh", "group": 2, "title": "Mô hình điểm", "agency": "Sở Công Thương"}
        period = {"start": "2016-08-17", "due": "2020-12-31"}
        plan = {
            "id": "nb-fuzz",
            "name": {"vi": "Kế hoạch", "en": "Plan"},
            "source": "1051/QĐ-UBND",
            "territory": ["kim-son"],
            "targets": [{"code": "K1", "milestones": [{"on": "2020-12-31", "value": "0.95"}]}],
            "task_groups": [{"group": 2, "name": {"vi": "Kỹ thuật", "en": "Support"}}],
            "tasks": [task | {"start": "2017-01-01", "end": "2019-12-31"}],
        }
        self.ids["plan_id"] = self._did("registry", "/plans", plan | period | DAY)
        self.ids["task_id"] = "mo-hinh"
        of_plan = {"plan_id": "nb-fuzz"} | DAY
        policy = {"title": "Quy chế", "kind": "Quyết định", "agency": "Sở Công Thương", "due": "2019-06-30"}
        self.ids["policy_id"] = self._did("registry", "/policies", policy | of_plan)
        line = {"group": 2, "source": "local", "amount_vnd": 50_000_000, "task_id": "mo-hinh"}
        self.ids["line_id"] = self._did("registry", "/funding", line | of_plan)
        amount = {"amount_vnd": 40_000_000}
        self._did("registry", f"/funding/{self.ids['line_id']}/commitments", amount | DAY)
        network = {"name": "Trung tâm Khuyến công", "decision": "5/QĐ-SCT"}
        self.ids["network_id"] = self._did("registry", "/networks", network | DAY)
        of_network = {"network_id": self.ids["network_id"]} | DAY
        consultant = {"person": {"name": "Phạm Văn Tâm"}, "fields": ["Lò hơi"]}
        self.ids["consultant_id"] = self._did("registry", "/consultants", consultant | of_network)
        self._did("registry", "/units/kim-son/network-links", {"office": "Phòng Kinh tế"} | of_network)

    def _audits(self) -> None:
        assessment = {"facility_id": self.ids["facility_id"], "method": "quick"}
        self.ids["assessment_id"] = self._did("audits", "/assessments", assessment | DAY)
        at = f"/assessments/{self.ids['assessment_id']}"
        self._did("audits", f"{at}/baseline", _measured(2017), "PUT")
        heads = {sheet.en: [[column.key for column in sheet.columns]] for sheet in SHEETS}
        heads["Assessments"].append(["1", "nobody", "quick", "2018-06-01", "2017-01-01", "2017-12-31"])
        self._import("audits", "assessments", xlsx(heads), "xlsx")
        option = {
            "option_class": "process-control",
            "title": "Sấy bằng nhiệt thải",
            "resources": ["electricity"],
        }
        self.ids["option_id"] = self._did("audits", f"{at}/options", option | DAY)
        self._did("audits", f"{at}/submission", DAY)
        status, answer, _ = self._system.ask("POST", "audits", f"/api/v1{at}/approval", DAY, subject="other")
        assert status == 201, answer
        self.ids["follow_up_id"] = self._did("audits", f"{at}/follow-ups", _measured(2019))
        self._shown_elsewhere(at)

    def _shown_elsewhere(self, at: str) -> None:
        """The option is verified and a pilot, with a photograph of it."""
        option_id = self.ids["option_id"]
        self._did("audits", f"{at}/options/{option_id}/implementation", DAY)
        path = f"/api/v1{at}/options/{option_id}/verification"
        status, answer, _ = self._system.ask("POST", "audits", path, DAY, subject="other")
        assert status == 201, answer
        pilot = {"option_ids": [option_id], "title": "Lò sấy kiểu mẫu"}
        self.ids["pilot_id"] = self._did("audits", f"{at}/pilots", pilot | DAY)
        photograph = {
            "of": option_id,
            "sha256": "ab" * 32,
            "media_type": "image/jpeg",
            "bytes": 120_000,
            "title": "Ảnh lò sấy",
        }
        self.ids["attachment_id"] = self._did("audits", f"{at}/attachments", photograph | DAY)

    def _training(self) -> None:
        course = {"title": "Sản xuất sạch hơn cơ bản", "audience": "officers", "pass_mark": 60}
        self.ids["course_id"] = self._did("training", "/courses", course | DAY)
        at = f"/courses/{self.ids['course_id']}/sessions"
        session = {"unit_id": "kim-son", "place": "Phát Diệm", "hours": 16}
        self.ids["session_id"] = self._did("training", at, session | DAY)
        self.ids["participation_id"] = self._did(
            "training",
            f"{at}/{self.ids['session_id']}/participations",
            {"officer_id": self.ids["officer_id"]},
        )
        survey = {"title": "Điều tra nhận thức 2018", "mode": "sample", "population": 420}
        self.ids["survey_id"] = self._did("training", "/surveys", survey | DAY)
        self._did("training", f"/surveys/{self.ids['survey_id']}/draw", {"size": 1} | DAY)
        answers = f"Survey,Facility,Answered on\n{self.ids['survey_id']},nobody,2018-06-01\n"
        self._import("training", "answers", answers.encode())
        campaign = {"title": "Sóng xanh Ninh Bình", "channel": "radio"}
        self.ids["campaign_id"] = self._did("training", "/campaigns", campaign | DAY)
