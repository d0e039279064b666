"""Which engine reads the event log: DuckDB in this process, or Apache Spark."""

import os
import shutil
from importlib.util import find_spec
from typing import Literal

from pipeline.errors import UserError
from pipeline.events.store import Store

Engine = Literal["duckdb", "spark"]


def store_on(engine: Engine, store: Store) -> Store:
    """Return the same store, read by an engine; UserError when something that Spark needs is missing here."""
    if engine == "duckdb":
        return store
    require_spark()
    from pipeline.events.on_spark import SparkStore  # noqa: PLC0415 - who has no Spark never comes here

    return SparkStore(store.folder, store.time_zone, store.profiling)


def require_spark() -> None:
    """Raise UserError, with what to install, unless Spark can start on this machine."""
    if find_spec("pyspark") is None:
        raise UserError(
            'Expected pyspark for engine = "spark", found none. Try `pip install "pyspark>=4.0.1,<4.1"`, '
            'or engine = "duckdb".'
        )
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise UserError(
            'Expected Java for engine = "spark", found none. Try `apt-get install openjdk-17-jre-headless`, '
            'or engine = "duckdb".'
        )
