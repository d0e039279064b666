"""The command that holds predicted lists against rules: segments overlap.

With `--json` it prints one object. Its keys:

- `as_of`, `months`: what was asked for.
- `replays`: of each month `as_of`, `customers`, `trained_as_of` by task, and `untrained`, by task why not.
- `pairs`: of each `predicted`, `rule`, `task`, `horizon_days`, `happened` (what counts as it, in words), and the
  figures `as_listed`, of `equal_size`, for which the model's list is cut by score to as many as the rule names, and
  `early`, for which it is cut so among those who had not been silent for as long as the rule waits, null for a rule
  that waits for no silence.
- `left_out`: of each pair that could not be compared `predicted`, `rule` and `why`.

The keys of these three; a share is `value`, `low` and `high`, all null of nobody, the
interval null of under 20 customers:

- `moments`: how many replays decided both segments.
- `groups`: `both`, `only_predicted`, `only_rule`, `predicted`, `rule`, `rule_scored` (those of the rule's list of whom
  the model speaks) and `scored` (everybody of whom it does); of each `rows` (a customer counts at every replay),
  `customers`, and `happened`, the share to whom it then happened.
- `alike`: the share of those on either list who are on both.
- `differences`: `lists`, the share of `predicted` minus that of `rule`; `alone`, the same of those on one list only.
- `lead_time`, null for a rule that waits for no silence: `silence_days`; by silences `named_before` and `named_after`
  the rule; of those before `reached`, `came_back`, `still_open`, and the share `never_reached` of those not open;
  `lead_days` (`lower`, `median`, `upper`) of those who reached it, and `lead_days_of_all` with those named after, below
  zero; `reached_in_watch` and `found_before`, the share of them named before; `shorter_rule_days`, `shorter_rule_named`
  and `shorter_rule_never_reached`, of the longest plain rule that is as early by its median.
- `in_words`: the lead time as sentences.
- `filled_share`: the share of the model's list who were not on its own, as that was too short.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from flows.cli import options
from flows.cli.printing import print_json, print_table, progress

WHO = {
    "both": "on both lists",
    "only_predicted": "only the model named",
    "only_rule": "only the rule named",
    "predicted": "the model's list",
    "rule": "the rule's list",
    "rule_scored": "of those, whom the model speaks of",
    "scored": "everybody the model speaks of",
}
LISTS = {
    "as_listed": "The lists as they are",
    "equal_size": "The model's first, as many as the rule names",
    "early": "The model's first of those whom the rule has not reached, as many as it names",
}
NUMBERS = ("times named", "customers")


@click.command()
@options.project
@options.as_of
@click.option("--months", type=click.IntRange(1, 60), default=6, show_default=True, help="How many months to replay.")
@click.option(
    "--pair",
    "named",
    nargs=2,
    multiple=True,
    metavar="PREDICTED RULE",
    help="Compare these two segments; may be given several times.",
)
@options.as_json
def overlap(
    folder: Path, as_of: datetime | None, months: int, named: tuple[tuple[str, str], ...], *, as_json: bool
) -> None:
    """Say whom a model names and a rule does not, what became of them, and how much earlier it is.

    Past months are replayed, each with what was known then and models trained as of then, or up to two months before.
    A customer counts once a month. Shares have 95 % intervals, by drawing customers again.
    """
    from flows.overlap.overlapping import compare_lists  # noqa: PLC0415
    from flows.project import open_project  # noqa: PLC0415
    from pipeline.segments.versus.pairs import Pair  # noqa: PLC0415

    moment = options.moment_or_today(as_of)
    pairs = [Pair(*names) for names in named]
    with progress() as tell:
        found = compare_lists(open_project(folder), moment, months, pairs=pairs, tell=tell).to_json()
    if as_json:
        print_json({"as_of": moment, "months": months, **found})
        return
    for pair in found["pairs"]:
        print_pair(pair)
    for pair in found["left_out"]:
        click.echo(f"{pair['predicted']} beside {pair['rule']} was left out: {pair['why']}")


def print_pair(pair: dict[str, Any]) -> None:
    """Print a table of the lists as they are and one of equal size, and how early the model was."""
    for name, title in LISTS.items():
        if (told := pair[name]) is None:
            continue
        head = f"{pair['predicted']} beside {pair['rule']}, {told['moments']} months. {title}"
        happened = f"then {pair['happened']}"
        rows = [
            (words, group["rows"], group["customers"], _between(group["happened"]))
            for group, words in ((told["groups"][key], words) for key, words in WHO.items())
        ]
        print_table(head, ("", *NUMBERS, happened), rows, numbers=(*NUMBERS, happened))
        click.echo("\n".join([*_notes(told), ""]))


def _notes(told: dict[str, Any]) -> Iterator[str]:
    if told["in_words"] is not None:
        yield told["in_words"]
        if (lead := told["lead_time"]["lead_days"]) is not None:
            yield f"Half of those leads lie between {lead['lower']:.0f} and {lead['upper']:.0f} days."
    if told["filled_share"]:
        yield f"Its own list was too short: {told['filled_share']:.0%} of this one have the next highest scores."


def _between(share: dict[str, Any]) -> str:
    from flows.hindsight.words import percent_between  # noqa: PLC0415
    from pipeline.segments.versus.shares import Share  # noqa: PLC0415

    return percent_between(Share(**share))
