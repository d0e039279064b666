"""The Prefect flows, run for real: a process of their own, a Prefect of their own."""

import os
import subprocess
import sys

from pipeline.publish.published import publications

SCRIPT = """
import sys
from datetime import UTC, datetime
from flows.nightly import ingest_flow, nightly, publish_flow, score_flow, train_flow
folder, as_of = sys.argv[1], datetime(2026, 3, 1, tzinfo=UTC)
print("ingested", ingest_flow(folder, as_of))
print("trained", train_flow(folder, as_of))
print("scored", score_flow(folder, as_of))
print("published", publish_flow(folder, as_of))
print("nightly", nightly(folder, as_of, as_of))
"""


def test_each_flow_does_its_part_and_the_nightly_all_of_it(corner_shop, tmp_path):
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
