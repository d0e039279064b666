"""How far long work is, told to whoever waits for it, if anybody does.

Work says so where it loops; whether somebody listens is decided far above it, and nothing in between has to know.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
Hears = Callable[[str], None]


def _nobody(how_far: str) -> None:
    del how_far


_LISTENER: ContextVar[Hears] = ContextVar("listener", default=_nobody)


@contextmanager
def heard_by(listener: Hears) -> Iterator[None]:
    """Let a listener hear of what is done within, in this thread."""
    before = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(before)


def one_by_one(things: Sequence[T], name: Callable[[T], str]) -> Iterator[T]:
    """Yield things, and tell of each by its name when its turn comes: "churn, 2 of 3"."""
    for number, thing in enumerate(things, 1):
        _LISTENER.get()(f"{name(thing)}, {number:,} of {len(things):,}")
        yield thing


def so_far(done: int, of: int, what: str) -> None:
    """Tell how many of how many are done: "4,000 of 20,000 customers"."""
    _LISTENER.get()(f"{done:,} of {of:,} {what}")
