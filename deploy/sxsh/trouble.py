"""What the commands raise when a person has to do something; `cli` prints it without a traceback."""

from __future__ import annotations


class Trouble(Exception):
    """A plain sentence that says what is wrong and how to mend it."""
