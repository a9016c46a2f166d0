"""Options that every command which opens a scene has."""

from __future__ import annotations

import click

BANDS = click.option("--bands", help="Polarisation of each band, e.g. VV=1,VH=2, when the file does not tell.")

SCALE = click.option(
    "--scale",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "db", "power", "amplitude", "dn"]),
    help="What the numbers are.",
)
