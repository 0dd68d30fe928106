"""Backups: what can not be made again from anything else, in one file that is checked before it is restored.

Those are the four logs, the wrapped keys of persons, signed checkpoints, reports as they were handed out,
boundaries of districts, what is revoked, and the files that stand beside the database. Query models,
projections, trees and
blocks are made again from the logs. The master key that wraps the keys of persons is never part of it.
"""

from __future__ import annotations

from deploy.sxsh.backup.contents import Manifest
from deploy.sxsh.backup.restoring import Restored, restore_backup
from deploy.sxsh.backup.taking import take_backup

__all__ = ["Manifest", "Restored", "restore_backup", "take_backup"]
