"""Bulk import: a file of rows becomes the same commands that the routes take, once only, in the background.

A service tells what its kinds of rows are (`kinds.ImportKind`) and mounts `imports_blueprint`.
"""

from services.eventkit.bulk.forgetting import forget
from services.eventkit.bulk.keys import PlainKeys, VaultKeys
from services.eventkit.bulk.kinds import Column, ImportKind, Refusal, Row, Same, Sheet, Trouble
from services.eventkit.bulk.routes import imports_blueprint
from services.eventkit.bulk.runner import Imports

__all__ = [
    "Column",
    "ImportKind",
    "Imports",
    "PlainKeys",
    "Refusal",
    "Row",
    "Same",
    "Sheet",
    "Trouble",
    "VaultKeys",
    "forget",
    "imports_blueprint",
]
