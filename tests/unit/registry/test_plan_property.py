"""Whatever is loaded, reported and revised: what was said of a task is never lost."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given as examples
from hypothesis import strategies as st
from msgspec.structs import replace

from services.eventkit.errors import SxshError
from services.registry.domain.events import TaskProgressReported, TaskStatusChanged
from services.registry.domain.plan import PLAN, AddTask, ChangeStatus, Plan, ReportProgress
from tests.unit.registry.plans import PILOT, load

DAYS = st.sampled_from([date(year, 6, 1) for year in range(2016, 2021)])
TASKS = {id_: replace(PILOT, task_id=id_) for id_ in ("a", "b", "c")}
IDS = st.sampled_from(sorted(TASKS))
COMMANDS = st.one_of(
    st.builds(
        lambda ids, day, source: load(day, "other", tasks=tuple(TASKS[id_] for id_ in ids), source=source),
        st.lists(IDS, unique=True),
        DAYS,
        st.sampled_from(["one", "two"]),
    ),
    st.builds(lambda id_, day: AddTask(task=TASKS[id_], occurred_on=day), IDS, DAYS),
    st.builds(
        ChangeStatus,
        task_id=IDS,
        status=st.sampled_from(["planned", "under-way", "done", "suspended", "dropped"]),
        reason=st.sampled_from([None, "said"]),
        occurred_on=DAYS,
    ),
    st.builds(
        ReportProgress,
        task_id=IDS,
        percent=st.integers(0, 100),
        text=st.just("ok"),
        by=st.just("lan"),
        occurred_on=DAYS,
    ),
)


@examples(st.lists(COMMANDS, max_size=30))
def test_what_was_said_of_a_task_stays(commands: list[Any]) -> None:
    plan: Plan | None = None
    said: dict[str, int] = {}
    for command in commands:
        try:
            events = PLAN.decide(command, plan)
        except SxshError:
            continue
        plan = PLAN.fold(events, plan)
        for event in events:
            if isinstance(event, TaskStatusChanged | TaskProgressReported):
                said[event.task_id] = said.get(event.task_id, 0) + 1
        assert plan is not None
        kept = {
            id_: len(state.status.entries) + len(state.reports.entries) for id_, state in plan.tasks.items()
        }
        assert {id_: number for id_, number in kept.items() if number} == said
        assert {task.task_id for task in plan.content.tasks} <= set(plan.tasks)
