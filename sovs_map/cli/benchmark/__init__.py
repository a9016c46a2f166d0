"""``sovs-map benchmark``: SAR-OVSeg, one thin file per command."""

from __future__ import annotations

import importlib

import click

_COMMANDS = {
    "list": "list_command",
    "check": "check_command",
    "build": "build_command",
    "run": "run_command",
    "report": "report_command",
    "compare": "compare_command",
}
"""Commands by name, with the function in ``sovs_map.cli.benchmark.<name>`` that runs them; loaded when asked for."""


class BenchmarkCommands(click.Group):
    """A group that loads its commands late."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands in the order of their use."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load a command."""
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"sovs_map.cli.benchmark.{cmd_name}")
        command: click.Command = getattr(module, _COMMANDS[cmd_name])
        return command


@click.group("benchmark", cls=BenchmarkCommands)
def benchmark_command() -> None:
    """Rebuild and run SAR-OVSeg, the benchmark of public SAR data sets.

    \b
    Example:
      sovs-map benchmark check data
    """
