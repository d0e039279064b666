"""Steps carried out in this process, with nothing but Python: retries, a time limit, and somebody who is told."""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter
from tenacity.wait import wait_base

from flows.steps import Do, P, Step, T, TimedOutError, may_pass

Tell = Callable[[str], None]
PAUSES = wait_exponential_jitter(multiplier=10, max=120)  # seconds


class _TimeIsUpError(BaseException):
    """The alarm: no work takes it for an error that it could go on after."""


def plain_do(tell: Tell = lambda _: None, *, order: Sequence[str] = (), pauses: wait_base = PAUSES) -> Do:
    """Return what carries out steps here; `tell` hears what is being done, `pauses` lie between two tries.

    With the names of all steps in `order`, it hears how far that is, too.
    """

    def do(step: Step[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        tell(_how_far(step.doing or step.name, step.name, order))
        again = Retrying(
            stop=stop_after_attempt(step.retries + 1),
            wait=pauses,
            retry=retry_if_exception(may_pass),
            reraise=True,
        )
        with _at_most(step):
            return again(step.work, *args, **kwargs)

    return do


def _how_far(doing: str, name: str, order: Sequence[str]) -> str:
    return f"{doing} ({order.index(name) + 1} of {len(order)})" if name in order else doing


@contextmanager
def _at_most(step: Step[P, T]) -> Iterator[None]:
    """Raise TimedOutError once the step has taken too long; only a main thread can be interrupted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def give_up(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise _TimeIsUpError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, step.timeout.total_seconds())
    try:
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
    except _TimeIsUpError:
        raise TimedOutError.of(step) from None
