"""Room for one Spark in a test, small enough to run beside others; and its end, after which another may begin."""

import gc
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.events.readers import require_spark

SPARK_WARNINGS = pytest.mark.filterwarnings(
    "ignore:The copy keyword is deprecated",  # PySpark 4.0 under pandas 3, when Ibis fetches a small answer
    "ignore:unclosed <socket:ResourceWarning",  # PySpark leaves those that it fetches with to the collector
)
# As a shop would tell Spark where and how to run.
SPARK_DEFAULTS = """
spark.master local[2]
spark.driver.memory 1g
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.sql.shuffle.partitions 4
"""


@contextmanager
def room_for_spark(folder: Path) -> Iterator[None]:
    """Let a Spark that begins in this block be small, and end it; skip the test where none can start."""
    try:
        require_spark()
    except UserError as missing:
        pytest.skip(str(missing))
    (folder / "spark-defaults.conf").write_text(SPARK_DEFAULTS)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SPARK_CONF_DIR", os.fspath(folder))
        environment.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        yield
        _end()


def _end() -> None:
    from pyspark import SparkContext  # noqa: PLC0415 - there is none where these tests are skipped

    SparkContext.getOrCreate().stop()
    java, SparkContext._gateway, SparkContext._jvm = SparkContext._gateway, None, None  # noqa: SLF001 - for the next one
    java.shutdown()  # else it lives as long as this process
    java.proc.stdin.close()
    java.proc.wait()
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):  # Py4J leaves sockets to the collector
        gc.collect()
