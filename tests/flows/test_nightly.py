"""The Prefect flows, run for real: a server on the loopback address, and processes of their own."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from prefect.client.base import PrefectHttpxSyncClient

from pipeline.publish.published import latest, publications

PATIENCE_S = 240
PREFECT = [sys.executable, "-m", "prefect"]
SEGCAST = str(Path(sys.executable).with_name("segcast"))
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
SCRIPT = """
import sys
from datetime import UTC, datetime
from flows.nightly import HeldBackError, backfill, nightly, retrain
from pipeline.errors import DestinationError
folder, as_of = sys.argv[1], datetime(2026, 3, 1, tzinfo=UTC)
try:
    print("published", nightly(folder, as_of, as_of))
except DestinationError as problem:
    print("problem", problem)
print("trained", retrain(folder, datetime(2026, 3, 1)))
print("past", backfill(folder, datetime(2026, 2, 21), datetime(2026, 3, 1), 8))
try:
    print("published", nightly(folder, datetime(2027, 6, 1), datetime(2027, 6, 1)))
except HeldBackError as problem:
    print("held", problem)
"""
STEPS = """
import time
from datetime import timedelta
from prefect import flow
from flows.deployed import carrying
from flows.steps import Step
from pipeline.errors import SegcastError, UserError
carrying.FIRST_PAUSE_S = 0.01
tried = []

def shaky():
    tried.append("shaky")
    if tried.count("shaky") < 3:
        raise ConnectionResetError
    return "held at last"

def mistaken():
    tried.append("mistaken")
    raise UserError("not so")

def quoting():
    raise ValueError("ann@example.com cannot be converted")

@flow
def try_all():
    print("shaky", carrying.prefect_do(Step("shaky", shaky, retries=2)))
    for step in (
        Step("mistaken", mistaken, retries=2),
        Step("quoting", quoting),
        Step("slow", lambda: time.sleep(60), retries=2, timeout=timedelta(seconds=3.6)),
    ):
        try:
            carrying.prefect_do(step)
        except SegcastError as error:
            print(step.name, error)

try_all()
print("tried", *tried)
"""


@pytest.fixture(scope="module")
def prefect(tmp_path_factory):
    """The environment of processes that know a Prefect server of their own, and its address."""
    home = tmp_path_factory.mktemp("prefect")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    api = f"http://127.0.0.1:{port}/api"
    environment = {
        **os.environ,
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": api,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    }
    with running([*PREFECT, "server", "start", "--host", "127.0.0.1", "--port", str(port)], environment, home):
        until(lambda: _healthy(api))
        with PrefectHttpxSyncClient(base_url=api, timeout=60) as client:  # asks again when the server is busy
            yield environment, client


@contextmanager
def running(command, environment, folder):
    """Run a command until the end of the block, whatever it says written to a file."""
    with (folder / "said.log").open("wb") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=subprocess.STDOUT, cwd=folder)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)


def until(condition):
    """Wait until something is so, and return it."""
    end = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.5)
    return found


def _healthy(api):
    try:
        return httpx.get(f"{api}/health", timeout=2).is_success
    except httpx.HTTPError:
        return False


def test_a_flow_says_what_went_wrong_only_after_the_work_was_done(corner_shop, prefect):
    with (corner_shop / "segcast.toml").open("a", encoding="utf-8") as settings:
        settings.write('[[destinations]]\nname = "share"\nto = "files"\npath = "absent/share"\n')
    environment, _ = prefect
    command = [sys.executable, "-c", SCRIPT, str(corner_shop)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    by_day = {f"{one.as_of:%Y-%m-%d}": one.publication_id for one in publications(corner_shop / "published")}
    assert list(by_day) == ["2026-02-21", "2026-03-01"]
    assert said["problem"].startswith(
        "The publication stands, but not every destination took it. share: Expected to copy"
    )
    assert said["trained"] == "{'churn': False, 'purchase': False, 'spend': False, 'next_order': False}"
    assert said["past"] == str(by_day)
    assert f"{by_day['2026-03-01']} stays in force" in said["held"]


def test_a_step_is_tried_again_only_where_that_may_help_and_given_up_when_its_time_is_over(prefect):
    environment, _ = prefect
    done = subprocess.run([sys.executable, "-c", STEPS], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert said["shaky"] == "held at last"
    assert said["tried"] == "shaky shaky shaky mistaken"
    assert said["mistaken"] == "not so"
    assert said["quoting"].startswith("ValueError")
    assert "ann@example.com" not in done.stdout + done.stderr
    assert said["slow"].startswith("Expected the step slow to end within 0.001 hours; it was given up")


def test_a_served_project_publishes_when_it_is_triggered_and_the_page_tells_of_it(corner_shop, prefect):
    environment, api = prefect
    with running([SEGCAST, "serve", "--project", str(corner_shop)], environment, corner_shop):
        deployments = until(lambda: len(found := _deployments(api)) == 3 and found)
        nightly = deployments["nightly"]
        assert {one["name"] for one in deployments.values()} == {"corner-shop"}
        assert {one["global_concurrency_limit"]["limit"] for one in deployments.values()} == {1}
        assert _schedules(deployments) == {"nightly": [("0 3 * * *", "UTC")], "retrain": [("0 1 * * 0", "UTC")]}
        asked = {"parameters": {"as_of": AS_OF.isoformat(), "at": AS_OF.isoformat()}}
        flow_run = api.post(f"/deployments/{nightly['id']}/create_flow_run", json=asked).raise_for_status().json()["id"]
        ended = until(lambda: (run := api.get(f"/flow_runs/{flow_run}").json())["state"]["type"] in ENDS and run)
    assert ended["state"]["type"] == "COMPLETED", ended["state"]["message"]
    published = latest(corner_shop / "published")
    assert published is not None
    told = _artifacts(api, flow_run)
    assert published.publication_id in told["corner-shop-segments"]["description"]
    segments = json.loads(told["corner-shop-segments"]["data"])
    assert {row["segment"] for row in segments} == set(published.definitions)
    assert told.keys() >= {"corner-shop-segments", "corner-shop-findings", "corner-shop-models"}
    assert [row["task"] for row in json.loads(told["corner-shop-models"]["data"])][:2] == ["churn", "purchase"]
    assert not re.search(r"\b(ann|bob|eve)\b", json.dumps(told))


def test_without_a_server_one_sentence_says_how_to_start_one(corner_shop, tmp_path):
    environment = {**os.environ, "PREFECT_HOME": str(tmp_path / "home"), "PREFECT_API_URL": "http://127.0.0.1:9/api"}
    command = [SEGCAST, "serve", "--project", str(corner_shop)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(
        "segcast: Expected a Prefect server at http://127.0.0.1:9/api, but it does not answer"
    )
    assert "Start one with `prefect server start`" in done.stderr


ENDS = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


def _deployments(api):
    found = api.post("/deployments/filter", json={}).json()
    return {one["entrypoint"].rpartition(".")[2]: one for one in found}


def _schedules(deployments):
    told = {
        name: [(schedule["schedule"]["cron"], schedule["schedule"]["timezone"]) for schedule in one["schedules"]]
        for name, one in deployments.items()
    }
    return {name: schedules for name, schedules in told.items() if schedules}


def _artifacts(api, flow_run):
    asked = {"artifacts": {"flow_run_id": {"any_": [flow_run]}}}
    return {one["key"]: one for one in api.post("/artifacts/filter", json=asked).json()}
