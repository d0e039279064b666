"""The Prefect flows, run for real: a process of their own, a Prefect of their own."""

import os
import subprocess
import sys

from pipeline.publish.published import publications

SCRIPT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from flows.nightly import ingest_flow, nightly, publish_flow, score_flow, train_flow
from pipeline.errors import DestinationError
folder, as_of = sys.argv[1], datetime(2026, 3, 1, tzinfo=UTC)
print("ingested", ingest_flow(folder, as_of))
print("trained", train_flow(folder, as_of))
print("scored", score_flow(folder, as_of))
print("published", publish_flow(folder, as_of))
print("nightly", nightly(folder, as_of, as_of))
with (Path(folder) / "segcast.toml").open("a") as settings:
    settings.write('[[destinations]]\\nname = "share"\\nto = "files"\\npath = "absent/share"\\n')
try:
    nightly(folder, as_of, as_of)
except DestinationError as problem:
    print("problem", problem)
"""


def test_each_flow_does_its_part_the_nightly_all_of_it_and_a_destination_that_fails_is_told_after_publishing(
    corner_shop, tmp_path
):
    environment = {**os.environ, "PREFECT_HOME": str(tmp_path / "prefect"), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    command = [sys.executable, "-c", SCRIPT, str(corner_shop)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert said["ingested"] == "4"
    assert said["trained"] == "{'churn': False, 'purchase': False, 'spend': False, 'next_order': False}"
    assert said["scored"] == "3"
    (published, again) = publications(corner_shop / "published")
    assert {said["published"], said["nightly"]} == {published.publication_id, again.publication_id}
    assert said["problem"].startswith(
        "The publication stands, but not every destination took it. share: Expected to copy"
    )
