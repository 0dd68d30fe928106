"""Every page as it is seen: in wide and narrow windows, by day and by night, and by axe."""

from __future__ import annotations

import pytest

from tests.browser.desk import Desk, shoot

#: Every page, by the name of its pictures. A new one is one more line: its address, and after a space what
#: to follow from there, where its address is not known beforehand.
PAGES = {
    "overview": "/",
    "target-k1": "/targets/K1",
    "target-k2b": "/targets/K2b",
    "target-k3": "/targets/K3?lang=en",
    "target-k2": "/targets/K2?lang=vi",
    "assessments": "/assessments",
    "training": "/training",
    "funding": "/funding",
    "tasks": "/tasks",
    "counted": "/targets/K1/facilities",
    "changes": "/targets/K1/changes",
    "facilities": "/facilities",
    "facility": "/facilities main tbody a",
    "event": "/facilities main tbody a >> #timeline ~ * a",
    "districts": "/districts",
    "district": "/districts/nho-quan",
    "officers": "/officers",
    "officer": "/officers main tbody a",
    "quality": "/quality",
    "gap": "/quality main tbody a",
    "reports": "/reports",
    "boundaries": "/boundaries",
    "desk": "/desk",
    "flags": "/flags",
    "flag": "/flags main tbody a",
    "duplicates": "/duplicates",
    "imports": "/imports",
    "official": "/official",
    "freeze": "/official/freeze",
    "system": "/system",
    "wrong": "/?on=2018-13-01",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_clean_for_axe_and_no_wider_than_its_window(album: Desk, name: str) -> None:
    address, _, followed = PAGES[name].partition(" ")
    album.page.goto(address)
    for link in filter(None, followed.split(" >> ")):
        album.page.locator(link).first.click()
        album.page.wait_for_load_state()
    wrong = shoot(album.page, name)
    if name == "wrong":  # the browser says that it was answered 422
        album.complaints.clear()
    assert [*wrong, *album.complaints] == []
