"""An awareness survey: opened, its sample drawn, closed. Stream ``survey:<id>``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.training.domain.events import Mode, SurveyClosed, SurveyDrawn, SurveyOpened
from services.training.domain.sampling import digest, draw

#: More facilities than any survey has to ask.
MOST_POPULATION = 10_000_000
#: Facilities of a sample: the event that names them stays small enough to send.
MOST_DRAWN = 5_000
#: Seeds are whole numbers that every reader of JSON keeps exactly.
MOST_SEED = 2**53 - 1


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    drawn_on: date
    seed: int
    frame_size: int
    frame_sha256: str
    facility_ids: tuple[str, ...]


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """Open from `opened_on` to `closed_on`, both days included. `population` is how many it is to speak of.

    No `unit_ids`: of the whole province. No `sample`: whom a sample survey asks was chosen elsewhere.
    """

    id: str
    title: str
    mode: Mode
    opened_on: date
    closed_on: date | None = None
    population: int | None = None
    unit_ids: tuple[str, ...] = ()
    sample: Sample | None = None

    def check_open(self, on: date) -> None:
        """Raises `Refused` for a day on which it was not open."""
        if on < self.opened_on:
            raise Refused(f"The survey opened on {self.opened_on}; it was not open on {on}.")
        if self.closed_on is not None and on > self.closed_on:
            raise Refused(f"The survey closed on {self.closed_on}; it was no longer open on {on}.")

    def asks(self, facility_id: str) -> bool:
        """Whether the facility is one of those drawn; any is, while no sample was drawn."""
        return self.sample is None or facility_id in self.sample.facility_ids


class OpenSurvey(msgspec.Struct, frozen=True, kw_only=True):
    survey_id: str
    title: str
    mode: Mode
    occurred_on: date
    population: int | None = None
    unit_ids: tuple[str, ...] = ()


class DrawSample(msgspec.Struct, frozen=True, kw_only=True):
    """`frame` is the facilities to draw from. `answered`: somebody has answered already."""

    seed: int
    size: int
    frame: tuple[str, ...]
    occurred_on: date
    answered: bool = False


class CloseSurvey(msgspec.Struct, frozen=True, kw_only=True):
    occurred_on: date


Command = OpenSurvey | DrawSample | CloseSurvey


def decide(command: Command, survey: Survey | None) -> Sequence[Event]:
    if isinstance(command, OpenSurvey):
        return _open(command, survey)
    known = existing(survey)
    if isinstance(command, DrawSample):
        return _draw(command, known)
    return _close(command, known)


def _open(command: OpenSurvey, survey: Survey | None) -> Sequence[Event]:
    if survey is not None:
        raise Refused(f"Survey {survey.id} is already open. Open another with an id of its own.")
    if command.population is not None and not 1 <= command.population <= MOST_POPULATION:
        raise InvalidInput.at("/population", f"must be from 1 to {MOST_POPULATION}")
    if len(set(command.unit_ids)) != len(command.unit_ids):
        raise InvalidInput.at("/unit_ids", "names a unit twice")
    return [SurveyOpened(**msgspec.structs.asdict(command))]


def _draw(command: DrawSample, known: Survey) -> Sequence[Event]:
    if known.mode is not Mode.SAMPLE:
        raise Refused("A census asks every facility; only for a sample survey is a sample drawn.")
    if known.sample is not None:
        raise Refused(
            f"The sample was already drawn on {known.sample.drawn_on}. "
            "Another sample needs another survey: drawing until it pleases is not random."
        )
    if command.answered:
        raise Refused("Facilities have answered already. Draw the sample before the first is asked.")
    known.check_open(command.occurred_on)
    if not 0 <= command.seed <= MOST_SEED:
        raise InvalidInput.at("/seed", f"must be from 0 to {MOST_SEED}")
    most = min(len(command.frame), MOST_DRAWN)
    if not 1 <= command.size <= most:
        raise InvalidInput.at("/size", _wrong_size(len(command.frame)))
    return [
        SurveyDrawn(
            survey_id=known.id,
            seed=command.seed,
            size=command.size,
            frame_size=len(command.frame),
            facility_ids_sha256=digest(command.frame),
            facility_ids=draw(command.frame, command.size, command.seed),
            occurred_on=command.occurred_on,
        )
    ]


def _wrong_size(frame_size: int) -> str:
    if frame_size == 0:
        return "there is no facility to draw from: the registry knows none in the units of the survey"
    return f"must be from 1 to {min(frame_size, MOST_DRAWN)}; there are {frame_size} facilities to draw from"


def _close(command: CloseSurvey, known: Survey) -> Sequence[Event]:
    if known.closed_on is not None:
        raise Refused(f"The survey was already closed on {known.closed_on}.")
    if command.occurred_on < known.opened_on:
        raise InvalidInput.at("/occurred_on", f"must not be before {known.opened_on}, the day of its opening")
    return [SurveyClosed(survey_id=known.id, occurred_on=command.occurred_on)]


def existing(survey: Survey | None) -> Survey:
    if survey is None:
        raise NotFound("There is no such survey. Look for its id in the list of surveys.")
    return survey


def evolve(survey: Survey | None, event: Event) -> Survey | None:
    if isinstance(event, SurveyOpened):
        return Survey(
            id=event.survey_id,
            title=event.title,
            mode=event.mode,
            opened_on=event.occurred_on,
            population=event.population,
            unit_ids=event.unit_ids,
        )
    if isinstance(event, SurveyDrawn) and survey is not None:
        sample = Sample(
            drawn_on=event.occurred_on,
            seed=event.seed,
            frame_size=event.frame_size,
            frame_sha256=event.facility_ids_sha256,
            facility_ids=event.facility_ids,
        )
        return msgspec.structs.replace(survey, sample=sample)
    if isinstance(event, SurveyClosed) and survey is not None:
        return msgspec.structs.replace(survey, closed_on=event.occurred_on)
    return survey


SURVEY: Decider[Command, Survey | None] = Decider("survey", None, decide, evolve)
