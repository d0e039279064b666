"""The command that writes simulated shops."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from flows.cli import options
from flows.cli.printing import print_json, progress

START, END = "2024-07-01", "2026-07-01"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--customers", default=20_000, show_default=True, type=click.IntRange(min=1), help="How many.")
@click.option("--start", default=START, show_default=True, type=options.Moment(), help="When the log begins.")
@click.option("--end", default=END, show_default=True, type=options.Moment(), help="When it ends.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same shop.")
@click.option(
    "--process",
    default="shop",
    show_default=True,
    type=click.Choice(["shop", "textbook"]),
    help="A lively shop, or BG/NBD orders with Gamma-Gamma values, whose best prediction is known.",
)
@click.option("--truth-at", multiple=True, type=options.Moment(), help="Write what was true at this moment too.")
@click.option("--horizon", "horizons", multiple=True, type=options.Days(), help="How far the truth looks ahead.")
@options.as_json
def simulate(
    *,
    folder: Path,
    customers: int,
    start: datetime,
    end: datetime,
    seed: int,
    process: str,
    truth_at: tuple[datetime, ...],
    horizons: tuple[timedelta, ...],
    as_json: bool,
) -> None:
    """Write a simulated shop's files into FOLDER, and with --truth-at each customer's true probabilities."""
    from pipeline.shop.textbook.write import write_textbook  # noqa: PLC0415
    from pipeline.shop.write import write_shop  # noqa: PLC0415

    write = write_textbook if process == "textbook" else write_shop
    ahead = horizons or (timedelta(days=90),)
    with progress() as tell:
        tell(f"Simulating {customers:,} customers")
        write(folder, customers, start, end, seed, truth_at=truth_at, horizons=ahead)
    if as_json:
        print_json({"folder": folder, "customers": customers, "process": process, "seed": seed})
    else:
        click.echo(f"Wrote the shop's files into {folder}.")
