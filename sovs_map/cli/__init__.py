"""The command line: one thin file per command; options in, one library call, one result out."""

from __future__ import annotations

import importlib

import click

from sovs_map.errors import Interrupted, SovsMapError

_COMMANDS = {
    "map": "map_command",
    "query": "query_command",
    "embed": "embed_command",
    "view": "view_command",
    "classes": "classes_command",
    "train": "train_command",
    "benchmark": "benchmark_command",
    "info": "info_command",
    "models": "models_command",
}
"""Commands by name, with the function in ``sovs_map.cli.<name>`` that runs them; loaded when asked for."""


class Commands(click.Group):
    """A group that loads commands late, maps when no command is named, and says our own errors in one clean line."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands, the main one first."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load a command."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"sovs_map.cli.{cmd_name}"), _COMMANDS[cmd_name])
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``map`` before arguments that name no command: ``sovs-map scene.tif -c water``."""
        own = {"--help", "--version"}
        if args and args[0] not in _COMMANDS and args[0] not in own:
            args = ["map", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; an error of ours becomes its message and exit code, anything else is a bug and shows itself."""
        try:
            return super().invoke(ctx)
        except SovsMapError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("Interrupted; the same command resumes.", err=True)
            ctx.exit(Interrupted.exit_code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="sovs-map", prog_name="sovs-map")
def cli() -> None:
    """Map whole SAR scenes with any words.

    SCENE… without a command means `map`.

    \b
    Example:
      sovs-map scene.tif --classes "water,forest,urban"
    """


def main() -> None:
    """Run the command line."""
    cli.main(prog_name="sovs-map")
