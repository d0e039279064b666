"""What a flow is made of: steps, each a plain function, and whoever carries them out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

from pipeline.errors import DestinationError, SegcastError

P = ParamSpec("P")
T = TypeVar("T")

LASTING = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)


class TimedOutError(SegcastError):
    """A step took longer than it may."""

    @classmethod
    def of(cls, step: "Step[Any, Any]") -> "TimedOutError":
        """Return the error of a step that was given up."""
        hours = step.timeout / timedelta(hours=1)
        return cls(f"Expected the step {step.name} to end within {hours:g} hours; it was given up. Run again.")


class UnexpectedError(SegcastError):
    """What a step met that nobody expected, in words that quote nobody's data."""

    def __init__(self, sentence: str, *, passing: bool = False) -> None:
        """Say it in a `sentence`; `passing` where trying again may help."""
        super().__init__(sentence)
        self.passing = passing


@dataclass(frozen=True)
class Step(Generic[P, T]):
    """A step: its `name`, the function that does the `work`, and what to do if it fails or takes too long.

    It is tried again `retries` times, where trying again may help; after `timeout` it is given up. `doing` says it to
    whoever waits.
    """

    name: str
    work: Callable[P, T]
    retries: int = 0
    timeout: timedelta = timedelta(hours=6)
    doing: str = ""


class Do(Protocol):
    """Carries out steps one after another: in this process alone, or as tasks of Prefect."""

    def __call__(self, step: Step[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the step's function returns; what it raises in the end is raised."""
        ...


def at_once(step: Step[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Carry out a step within another one, which has the retries and the time: a `Do`."""
    return step.work(*args, **kwargs)


def may_pass(error: BaseException) -> bool:
    """Say whether trying again may help: something outside was out of reach, now, and nobody made a mistake."""
    return any(
        isinstance(one, DestinationError) or (isinstance(one, OSError) and not isinstance(one, LASTING))
        for one in _with_causes(error)
    )


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
