"""The `sxsh` command."""

from __future__ import annotations

from importlib import import_module
from keyword import iskeyword

import click

#: Command -> the module that has it, imported only when it is called: a token needs no Kafka library.
COMMANDS = {
    "up": "up_commands",
    "demo": "up_commands",
    "sign-in": "sign_in_commands",
    "token": "access_commands",
    "keys": "access_commands",
    "revoke": "revoke_commands",
    "targets": "show_commands",
    "official": "official_commands",
    "feed": "show_commands",
    "plan": "plan_commands",
    "reorganisation": "reorganisation_commands",
    "import": "import_commands",
    "template": "import_commands",
    "export": "export_commands",
    "report": "report_commands",
    "rebuild": "care_commands",
    "what-if": "care_commands",
    "verify": "proof_commands",
    "prove": "prove_commands",
    "evidence": "evidence_commands",
    "replay": "replay_commands",
    "backup": "backup_commands",
    "restore": "backup_commands",
    "doctor": "care_commands",
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"deploy.sxsh.{COMMANDS[cmd_name]}")
        name = cmd_name.replace("-", "_")
        command = getattr(module, f"{name}_" if iskeyword(name) else name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Cleaner production (SXSH): run the system of record here and look into it."""


if __name__ == "__main__":
    main()
