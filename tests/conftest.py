"""What holds for every test: the clock of UTC, no haste on a busy machine, and nothing skipped where all can run."""

import gc
import os
import time

import pytest
from hypothesis import HealthCheck, settings

os.environ["TZ"] = "UTC"
time.tzset()
gc.set_threshold(10_000, 20, 20)  # queries are large graphs of small values: looking through them costs an eighth
if "PYTEST_XDIST_WORKER" in os.environ:  # there is a worker for each core: threads of theirs would wait for one another
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), "1")

settings.register_profile("segcast", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("segcast")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    report = yield
    if report.skipped and "SEGCAST_NO_SKIPS" in os.environ and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report
