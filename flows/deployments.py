"""The flows of one project on a Prefect server: deployed, then run here when their time has come."""

import logging
from collections.abc import Sequence

from prefect import serve as serve_forever
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.settings import PREFECT_API_URL
from prefect.types.entrypoint import EntrypointType

from flows import nightly
from flows.serving import Served
from pipeline.errors import UserError
from pipeline.settings.schedule import NEVER

START = (
    "Start one with `prefect server start`, and say where it is with "
    "`export PREFECT_API_URL=http://127.0.0.1:4200/api`. Without a server, let cron call `segcast run`."
)


def serve(wanted: Sequence[Served]) -> None:
    """Deploy, and run what is due or triggered until interrupted; UserError where no server can be reached.

    One run at a time across all of them: a second one waits for its turn, and a run of somebody else's for the
    project's lock.
    """
    require_server()
    serve_forever(*(deployment_of(one) for one in wanted), limit=1, print_starting_message=False)


def deployment_of(one: Served) -> RunnerDeployment:
    """Return a deployment as Prefect is told of it."""
    schedule = None if one.cron == NEVER else Cron(one.cron, timezone=one.time_zone)
    return RunnerDeployment.from_flow(
        nightly.FLOWS[one.flow],
        name=one.name,
        schedule=schedule,
        parameters=dict(one.parameters),
        tags=list(one.tags),
        description=one.about,
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def require_server() -> None:
    """Raise a UserError unless the Prefect server of PREFECT_API_URL answers."""
    address = PREFECT_API_URL.value()
    if not address:
        raise UserError(f"Expected the address of a Prefect server in PREFECT_API_URL, got none. {START}")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with get_client(sync_client=True) as client:
        problem = client.api_healthcheck()
    if problem is not None:
        raise UserError(f"Expected a Prefect server at {address}, but it does not answer ({problem}). {START}")
