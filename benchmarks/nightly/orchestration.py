"""What Prefect costs a night: the same night of a tiny shop with it and without it, each in a process of its own."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from flows.demo import END, run_demo
from tests.flows.corner_shop import write_corner_shop

REPETITIONS, DEMO_CUSTOMERS = 3, 20_000
AS_OF = "2026-03-01"
LONGEST_S = 300
SEGCAST = str(Path(sys.executable).with_name("segcast"))


@dataclass(frozen=True)
class Orchestration:
    """Seconds of a whole process, medians of so many: `plain_s` is `segcast run`, `prefect_s` `segcast run --flow`.

    The latter with a server that runs, `own_server_s` without one, where Prefect starts one for the run;
    `orchestration_s` is what `prefect_s` takes longer. `share_of_demo_night` holds it against an ordinary night of the
    demo, null where that was not asked for.
    """

    repetitions: int
    plain_s: float
    prefect_s: float
    own_server_s: float
    orchestration_s: float
    demo_customers: int | None = None
    demo_night_s: float | None = None
    share_of_demo_night: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the figures by name."""
        return asdict(self)


def measure(repetitions: int = REPETITIONS, demo_customers: int | None = DEMO_CUSTOMERS) -> Orchestration:
    """Measure the tiny shop with Prefect and without, and a night of the demo, which takes minutes to prepare."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "tiny").mkdir()
        tiny = write_corner_shop(root / "tiny")
        own = _environment(root / "own")
        plain = _median(repetitions, tiny, AS_OF, own)
        alone = _median(repetitions, tiny, AS_OF, own, "--flow")
        with _server(root / "shared") as environment:
            served = _median(repetitions, tiny, AS_OF, environment, "--flow")
        cost = served - plain
        night = _demo_night(root / "demo", demo_customers, repetitions, own) if demo_customers else None
        share = cost / night if night else None
    return Orchestration(repetitions, plain, served, alone, cost, demo_customers, night, share)


def _demo_night(folder: Path, customers: int, repetitions: int, environment: Mapping[str, str]) -> float:
    """Return what a night of the demo takes when it has models and a publication of the week before."""
    run_demo(folder, customers, seed=1, tell=lambda _: None)
    return _median(repetitions, folder, f"{END:%Y-%m-%d}", environment)


def _median(repetitions: int, project: Path, as_of: str, environment: Mapping[str, str], *more: str) -> float:
    """Return the median seconds of a night, begun anew each time on a copy of the project."""
    return median(_night(project, as_of, environment, *more) for _ in range(repetitions))


def _night(project: Path, as_of: str, environment: Mapping[str, str], *more: str) -> float:
    with tempfile.TemporaryDirectory() as name:
        folder = shutil.copytree(project, Path(name, "project"), symlinks=True)
        command = [SEGCAST, "run", "--anyway", "--project", str(folder), "--as-of", as_of, "--json", *more]
        began = time.perf_counter()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ours
        taken = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"Expected a night to end well, got exit code {done.returncode}: {done.stderr[-2000:]}")
    return taken


def _environment(home: Path) -> dict[str, str]:
    """Return the environment of a process with a Prefect of its own, and no server."""
    told = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return {
        **told,
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": str(LONGEST_S),
    }


@contextmanager
def _server(home: Path) -> Iterator[dict[str, str]]:
    """Run a Prefect server on the loopback address, and give the environment of processes that know it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**_environment(home), "PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet)  # noqa: S603 - ours
    try:
        _wait_for(f"{environment['PREFECT_API_URL']}/health")
        yield environment
    finally:
        server.terminate()
        server.wait()


def _wait_for(address: str) -> None:
    end = time.monotonic() + LONGEST_S
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(address, timeout=2).close()  # noqa: S310 - the loopback address above
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"Expected a Prefect server at {address} within {LONGEST_S} seconds.")
