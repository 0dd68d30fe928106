"""Units come, are renamed and go; only an administrator says so."""

from __future__ import annotations

from services.registry.container import Container
from tests.integration.registry.people import Person, unit


def test_a_unit_from_its_registration_to_its_successors(boss: Person) -> None:
    at = boss.did("/units", unit("gia-vien", "373", "Huyện Gia Viễn", parent_id="ninh-binh"))
    boss.did(f"{at}/renamings", {"code": "374", "name": "Gia Viễn", "occurred_on": "2020-01-01"})
    boss.did(f"{at}/renamings", {"code": "375", "name": "Gia Viễn cũ", "occurred_on": "2010-01-01"})
    boss.did(f"{at}/closures", {"reason": "merged", "successors": ["nho-quan"], "occurred_on": "2025-07-01"})
    expected = {
        "id": "gia-vien",
        "version": 4,
        "code": "374",
        "name": "Gia Viễn",
        "level": "district",
        "kind": "district",
        "parent_id": "ninh-binh",
        "valid_from": "2000-01-01",
        "valid_to": "2025-07-01",
        "successors": ["nho-quan"],
    }
    assert boss.read(at) == expected
    (listed,) = boss.read("/units?q=gia vien")["items"]
    assert {name: value for name, value in listed.items() if name != "position"} == expected


def test_an_id_is_given_once_a_code_may_come_again(boss: Person, container: Container) -> None:
    head = container.log.head()
    assert boss.post("/units", unit("nho-quan", "999", "Khác")).status_code == 409
    itself = {"reason": "x", "successors": ["nho-quan"], "occurred_on": "2020-01-01"}
    assert boss.post("/units/nho-quan/closures", itself).status_code == 422
    unknown = boss.post("/units/nho-quan/closures", {**itself, "successors": ["tam-diep", "nowhere"]})
    assert [error["field"] for error in unknown.get_json()["errors"]] == ["/successors/1"]
    assert container.log.head() == head
    boss.did("/units", unit("nho-quan-2", "372", "Phường Nho Quan"))


def test_a_registrar_does_not_change_the_units(lan: Person, container: Container) -> None:
    head = container.log.head()
    assert lan.post("/units", unit("gia-vien", "371", "Gia Viễn")).status_code == 403
    rename = {"code": "1", "name": "x", "occurred_on": "2020-01-01"}
    assert lan.post("/units/nho-quan/renamings", rename).status_code == 403
    closure = {"reason": "x", "occurred_on": "2020-01-01"}
    assert lan.post("/units/nho-quan/closures", closure).status_code == 403
    assert container.log.head() == head
    assert lan.get("/units/nowhere").status_code == 404


def test_units_are_filtered_and_sorted(boss: Person) -> None:
    def listed(query: str) -> list[str]:
        return [item["id"] for item in boss.read(f"/units{query}")["items"]]

    assert listed("") == ["nho-quan", "tam-diep", "ninh-binh"]
    assert listed("?sort=-code") == ["nho-quan", "tam-diep", "ninh-binh"]
    assert listed("?sort=code") == ["ninh-binh", "tam-diep", "nho-quan"]
    assert listed("?level=district&code=370") == ["tam-diep"]
    assert listed("?parent_id=ninh-binh&q=TAM") == ["tam-diep"]
    refused = boss.get("/units?sort=name_key")
    assert refused.status_code == 422
    assert "one of code, name," in refused.get_json()["detail"]
