"""A person's erasure reaches the uploaded files too: each that names them is dropped, whoever sent it."""

from __future__ import annotations

from services.eventkit.bulk.jobs import ACTIVE, Job
from services.eventkit.bulk.lines import BadFile
from services.eventkit.bulk.runner import Imports
from services.eventkit.bulk.sheets import read_rows
from services.eventkit.errors import Refused
from services.eventkit.text import fold


def forget(imports: Imports, name: str) -> int:
    """Drop every upload in which the name stands, with its key and problems; how many there were.

    Of kinds that hold persons only; a file that can not be read is dropped as well. Raises `Refused`, before
    anything is dropped, while one of them is being worked on.
    """
    kinds = [
        kind.name
        for kind in imports.kinds.values()
        if any(column.personal for sheet in kind.sheets for column in sheet.columns)
    ]
    found = [job for job in imports.jobs.kept(kinds) if _names(imports, job, fold(name))]
    for job in found:
        if job.state in ACTIVE:
            raise Refused(
                f"The import {job.id} names this person and is being worked on. Ask again when it has ended, "
                "or call it off."
            )
    for job in found:
        imports.drop(job.id)
    return len(found)


def _names(imports: Imports, job: Job, folded: str) -> bool:
    """In any cell: a name may stand in the wrong column."""
    try:
        file = imports.open(job)
    except Refused:
        return False
    try:
        rows = read_rows(file, job.format, imports.kinds[job.kind].sheets)
        return any(
            isinstance(cell, str) and folded in fold(cell)
            for row in rows
            for cell in (*row.header, *row.values)
        )
    except (BadFile, OSError):
        return True
