"""What the commands raise when a person has to do something."""

from __future__ import annotations

import click


class Trouble(click.ClickException):
    """A plain sentence that says what is wrong and how to mend it; shown without a traceback, exit code 1."""
