"""The `sxsh` command."""

from __future__ import annotations

import click

from deploy.sxsh.access_commands import keys, token
from deploy.sxsh.care_commands import doctor, rebuild
from deploy.sxsh.show_commands import feed, targets
from deploy.sxsh.up_commands import demo, up


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Cleaner production (SXSH): run the system of record here and look into it."""


for command in (up, demo, token, targets, feed, rebuild, keys, doctor):
    main.add_command(command)

if __name__ == "__main__":
    main()
