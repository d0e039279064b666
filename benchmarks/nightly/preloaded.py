"""What the process of a night does, in a module of its own: to import it takes seconds, which is done but once."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tenacity import wait_none

from flows.cli.main import OUR_MISTAKE, USERS_MISTAKE
from flows.cli.press import HELD_BACK
from flows.damage import explained
from flows.night.night import night
from flows.plain import plain_do
from flows.project import open_project
from pipeline.errors import SegcastError, UserError


@dataclass(frozen=True)
class Told:
    """What `segcast run` would leave with: its exit code, and the sentences of what went wrong."""

    exit_code: int
    problems: tuple[str, ...] = ()


def carry_out(folder: Path, as_of: datetime, at: datetime, *, retrain: bool) -> Told:
    """Do a night's work at a moment, as `segcast run` does."""
    try:
        done = night(open_project(folder), as_of, at, do=plain_do(pauses=wait_none()), retrain=retrain)
    except SegcastError as error:
        return _wrong(error)
    except Exception as error:
        told = explained(folder, error)
        if told is None:
            raise
        return _wrong(told)
    problems = tuple(f"{one.destination}: {one.problem}" for one in done.synced if one.problem)
    if done.publication is None:
        return Told(HELD_BACK, (done.held_back, *problems))
    return Told(USERS_MISTAKE if problems else 0, problems)


def _wrong(error: SegcastError) -> Told:
    return Told(USERS_MISTAKE if isinstance(error, UserError) else OUR_MISTAKE, (str(error),))
