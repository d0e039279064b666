"""The event log read by Apache Spark, on this machine or on a cluster: the same files under the same rules.

Spark has its settings where it always has them, in `spark-defaults.conf` or on the line of `spark-submit`. What is said
here holds only where those are silent.
"""

import os
import sys
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import ibis
from ibis.util import gen_name
from pyspark import SparkConf, SparkContext
from pyspark.sql import DataFrame, SparkSession

from pipeline.events.contract import Contract
from pipeline.events.store import Store
from pipeline.events.tables import IDENTITIES

WITHOUT_PAGE = {"spark.ui.enabled": "false"}
THIS_MACHINE = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


@dataclass(frozen=True)
class SparkStore(Store):
    """A store whose tables Spark reads, from its Parquet files; every machine must find them under the same path."""

    @cached_property
    def engine(self) -> ibis.BaseBackend:
        """Spark, spoken to through Ibis."""
        return ibis.pyspark.connect(self.session)

    @cached_property
    def session(self) -> SparkSession:
        """The session that reads this store, with views of its own."""
        return open_session()

    def read(self, contract: Contract) -> ibis.Table:
        """Return a whole table; one that was never written is empty."""
        if contract is IDENTITIES:  # whose aliases are whose is worked out in this process, next to its own engine
            return self._here.read(contract)
        return self._named(contract.name, self._frame(contract))

    @cached_property
    def _here(self) -> Store:
        return Store(self.folder, self.time_zone, self.profiling)

    def _resolved(self, as_of: datetime | None) -> ibis.Table:
        found = self._here.engine.to_pyarrow(super()._resolved(as_of))
        return self._named("aliases", self.session.createDataFrame(found))

    def _asked_often(self, rows: ibis.Table) -> ibis.Table:
        return rows

    def _frame(self, contract: Contract) -> DataFrame:
        empty = self.session.createDataFrame(contract.schema.empty_table())
        files = [f"file://{file}" for file in self.files(contract)]
        return self.session.read.schema(empty.schema).parquet(*files) if files else empty

    def _named(self, name: str, rows: DataFrame) -> ibis.Table:
        view = gen_name(name)
        rows.createOrReplaceTempView(view)
        return self.engine.table(view)


def open_session() -> SparkSession:
    """Return a session of the running Spark, begun if there is none; its clock is that of UTC."""
    session = (SparkSession.getActiveSession() or _begun()).newSession()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    session.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
    return session


def _begun() -> SparkSession:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers need the packages that this Python has
    SparkContext._ensure_initialized()  # noqa: SLF001 - Java tells what spark-defaults.conf says, so it must run first
    settings = SparkConf()
    here = settings.get("spark.master", "local").partition("[")[0] == "local"
    for name, value in {**WITHOUT_PAGE, **(THIS_MACHINE if here else {})}.items():
        settings.setIfMissing(name, value)
    settings.setAppName("segcast").set("spark.ui.showConsoleProgress", "false")  # a shell's, which PySpark takes us for
    return SparkSession.builder.config(conf=settings).getOrCreate()
