"""Steps carried out as tasks of Prefect: each has its name, retries, a time limit and a place on Prefect's page."""

from typing import Any

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.task_engine import TaskRunTimeoutError
from prefect.tasks import exponential_backoff

from flows.night.logs import in_a_sentence
from flows.steps import P, Step, T, TimedOutError, UnexpectedError, may_pass
from pipeline.errors import SegcastError

FIRST_PAUSE_S = 10.0  # before the second try; each further one is twice as long
JITTER = 0.5  # up to half as long again, so that two shops do not try at the same instant


def prefect_do(step: Step[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Carry out a step as a task of the flow that runs: a `Do`.

    Prefect is handed no arguments and keeps no results: these are large, name customers, and rest in the project. Of an
    error that nobody expected its server hears what kind it was and where it arose: a library may quote somebody's row.
    """

    def work() -> T:
        try:
            return step.work(*args, **kwargs)
        except SegcastError:
            raise
        except Exception as error:  # noqa: BLE001 - raised again, in words that may leave this machine
            raise UnexpectedError(in_a_sentence(error), passing=may_pass(error)) from None

    carried = Task(
        work,
        name=step.name,
        description=step.doing,
        retries=step.retries,
        retry_delay_seconds=exponential_backoff(FIRST_PAUSE_S),
        retry_jitter_factor=JITTER,
        retry_condition_fn=_may_pass,
        timeout_seconds=step.timeout.total_seconds(),
        cache_policy=NO_CACHE,
        persist_result=False,
        cache_result_in_memory=False,
    )
    try:
        return carried()
    except TaskRunTimeoutError as error:
        raise TimedOutError.of(step) from error


def _may_pass(_: Task[..., Any], __: TaskRun, state: State[Any]) -> bool:
    """Say whether to try again: not a user's mistake, and not what took too long."""
    error = state.data
    if isinstance(error, UnexpectedError):
        return error.passing
    return isinstance(error, Exception) and not isinstance(error, TaskRunTimeoutError) and may_pass(error)
