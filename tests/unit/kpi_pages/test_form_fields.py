"""What is wrong with a form is said at the field, in the reader's language, and nothing entered is lost."""

from __future__ import annotations

import pytest
from flask import Flask

from services.eventkit.errors import (
    CommandReused,
    FieldError,
    Forbidden,
    InvalidInput,
    NotFound,
    Unauthenticated,
)
from services.kpi.pages.forms import Form, Moved, parts
from services.kpi.pages.language import Reader


def form(language: str = "vi", **values: str) -> Form:
    return Form(Reader(language), values, "k")


def test_what_can_be_said_at_once_is_said_before_anything_is_sent() -> None:
    one = form(note="", reason="x" * 6, occurred_on="2999-01-01", on="31/12/2018", decision="perhaps")
    one.text("note", 5)
    one.text("reason", 5)
    one.day()
    one.day("on")
    one.choice("decision", ("keep",))
    assert not one.good and one.status == 422
    assert set(one.wrong) == {"note", "reason", "occurred_on", "on", "decision"}
    assert "hiện có 6" in one.wrong["reason"]
    assert one.values["on"] == "31/12/2018"
    good = form(note="a", occurred_on="2018-12-31")
    assert (good.text("note", 5), good.day(), good.good, good.status) == ("a", "2018-12-31", True, 200)


def test_a_refusal_of_a_service_stands_at_its_field_in_the_readers_words() -> None:
    def refuses() -> None:
        late = FieldError(field="/occurred_on", detail="2019-01-01 is before the report, 2020-02-01")
        raise InvalidInput("1 field is wrong", errors=[late])

    for language, said in (
        ("vi", "không được trước ngày 2020-02-01"),
        ("en", "must not be before 2020-02-01"),
    ):
        one = form(language, occurred_on="2019-01-01")
        assert one.done(refuses) is None
        assert (one.wrong, one.trouble, one.status) == ({"occurred_on": said}, "", 422)
    elsewhere = form(note="x")
    assert elsewhere.done(refuses) is None
    assert (elsewhere.wrong, elsewhere.detail) == ({}, "1 field is wrong")


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (Forbidden("no"), 403, "không được làm việc này"),
        (CommandReused("again"), 422, "nội dung khác"),
        (Moved("m"), 409, "đã thay đổi từ khi bạn xem"),
    ],
)
def test_what_is_wrong_with_no_one_field_is_said_above(error: Exception, status: int, said: str) -> None:
    def refuses() -> None:
        raise error

    one = form(note="kept")
    assert one.done(refuses) is None
    assert one.status == status and said in one.trouble and one.values == {"note": "kept"}


def test_who_is_not_signed_in_any_more_is_sent_to_sign_in_instead() -> None:
    def refuses() -> None:
        raise Unauthenticated("The token has expired.")

    with pytest.raises(Unauthenticated):
        form().done(refuses)


def test_a_key_goes_with_the_form_and_is_made_anew_when_it_can_be_none() -> None:
    with Flask("forms").test_request_context(method="POST", data={"key": "one", "note": " x "}):
        sent = Form.sent(Reader("vi"))
        assert (sent.key, sent.values) == ("one", {"note": "x"})
    for bad in ("", "x" * 200, "đ", " x"):
        with Flask("forms").test_request_context(method="POST", data={"key": bad}):
            assert Form.sent(Reader("vi")).key not in ("", bad)


@pytest.mark.parametrize("id_", ["..", ".", "a/b", "a?b", "a#b", "", "x" * 200, "é"])
def test_only_an_id_goes_into_another_address(id_: str) -> None:
    parts("0190-a.b_c")
    with pytest.raises(NotFound):
        parts("f-1", id_)
