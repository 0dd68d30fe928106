"""Campaigns give S1 its reach: nobody is counted twice because a report was sent twice."""

from __future__ import annotations

from datetime import date

import pytest

from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.training.domain.campaigns import (
    CAMPAIGN,
    MOST_PEOPLE,
    Campaign,
    CloseCampaign,
    OpenCampaign,
    ReportReach,
)
from services.training.domain.events import CampaignReached, Channel, ReachReported
from services.training.domain.reached import REACHED, ReachFacility
from tests.unit.given import given
from tests.unit.training.facts import HELD, LATER, OPENED, campaign_closed, campaign_opened

BEFORE, AFTER = date(2018, 2, 28), date(2018, 4, 21)
CLOSE = CloseCampaign(occurred_on=LATER)


def report(people: int = 1200, on: date = HELD, source: str = "khảo sát nghe đài") -> ReportReach:
    return ReportReach(people=people, source=source, occurred_on=on)


def reported(people: int = 1200, on: date = HELD, source: str = "khảo sát nghe đài") -> ReachReported:
    return ReachReported(campaign_id="m1", people=people, source=source, occurred_on=on)


def opening(*unit_ids: str) -> OpenCampaign:
    return OpenCampaign(
        campaign_id="m1",
        title="Sản xuất sạch hơn trên sóng Ninh Bình",
        channel=Channel.RADIO,
        unit_ids=unit_ids,
        task_id=None,
        occurred_on=OPENED,
    )


class TestCampaign:
    def test_it_is_opened_reported_on_and_closed(self) -> None:
        opened = given(CAMPAIGN).when(opening("kim-son")).then([campaign_opened])
        heard = opened.when(report()).then([reported()])
        heard.when(CLOSE).then([campaign_closed])

    def test_it_is_opened_and_closed_once(self) -> None:
        given(CAMPAIGN, [campaign_opened]).when(opening("kim-son")).refused("already open", Refused)
        given(CAMPAIGN, [campaign_opened, campaign_closed]).when(CLOSE).refused("already closed", Refused)

    def test_a_unit_is_named_once(self) -> None:
        given(CAMPAIGN).when(opening("kim-son", "kim-son")).refused("/unit_ids", InvalidInput)

    @pytest.mark.parametrize("command", [report(), CLOSE])
    def test_what_was_never_opened_has_no_reach(self, command: ReportReach | CloseCampaign) -> None:
        given(CAMPAIGN).when(command).refused("no such campaign", NotFound)

    def test_people_of_several_reports_are_added(self) -> None:
        heard = given(CAMPAIGN, [campaign_opened, reported(), reported(300, LATER)])
        assert heard.state.people == 1500

    def test_a_report_sent_twice_counts_once(self) -> None:
        heard = given(CAMPAIGN, [campaign_opened, reported()])
        heard.when(report()).unchanged()
        heard.when(report(1300)).refused("1200 people are already reported", Refused)
        heard.when(report(1300, source="phiếu hỏi")).then([reported(1300, source="phiếu hỏi")])
        heard.when(report(on=LATER)).then([reported(on=LATER)])

    @pytest.mark.parametrize("people", [-1, 0, MOST_PEOPLE + 1])
    def test_a_report_counts_believable_people(self, people: int) -> None:
        given(CAMPAIGN, [campaign_opened]).when(report(people)).refused("/people", InvalidInput)

    def test_reach_belongs_to_the_days_of_the_campaign_both_ends_included(self) -> None:
        closed = given(CAMPAIGN, [campaign_opened, campaign_closed])
        closed.when(report(on=BEFORE)).refused("began on 2018-03-01", Refused)
        closed.when(report(on=AFTER)).refused("ended on 2018-04-20", Refused)
        assert closed.when(report(on=OPENED)).events()
        assert closed.when(report(on=LATER)).events()

    def test_it_does_not_end_before_it_began_nor_before_what_it_reached(self) -> None:
        early = CloseCampaign(occurred_on=BEFORE)
        given(CAMPAIGN, [campaign_opened]).when(early).refused("the day it began", InvalidInput)
        heard = given(CAMPAIGN, [campaign_opened, reported(on=LATER)])
        heard.when(CloseCampaign(occurred_on=HELD)).refused("already reported", InvalidInput)


class TestReached:
    """A facility counts once a campaign, from the first day."""

    def reach(self, on: date = HELD, *facts: Event) -> ReachFacility:
        state = given(CAMPAIGN, [campaign_opened, *facts]).state
        assert isinstance(state, Campaign)
        return ReachFacility(campaign=state, facility_id="f1", occurred_on=on)

    def reached(self, on: date = HELD) -> CampaignReached:
        return CampaignReached(campaign_id="m1", facility_id="f1", occurred_on=on)

    def test_it_is_a_fact_about_the_facility(self) -> None:
        given(REACHED).when(self.reach()).then([self.reached()])
        assert self.reached().subject == "facility:f1"

    def test_a_second_time_changes_nothing_but_an_earlier_day_does(self) -> None:
        once = given(REACHED, [self.reached()])
        once.when(self.reach()).unchanged()
        once.when(self.reach(LATER)).unchanged()
        earlier = once.when(self.reach(OPENED)).then([self.reached(OPENED)])
        earlier.when(self.reach(HELD)).unchanged()
        assert earlier.state.on == OPENED

    def test_only_on_the_days_of_the_campaign(self) -> None:
        given(REACHED).when(self.reach(BEFORE)).refused("began on", Refused)
        given(REACHED).when(self.reach(AFTER, campaign_closed)).refused("ended on", Refused)
        given(REACHED).when(self.reach(LATER, campaign_closed)).then([self.reached(LATER)])
