import sys

import pytest

from pipeline.errors import UserError
from pipeline.events.readers import require_spark, store_on
from pipeline.events.store import Store


def test_duckdb_reads_the_store_as_it_is(tmp_path):
    store = Store(tmp_path)
    assert store_on("duckdb", store) is store


def test_spark_without_java_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(UserError, match="Try `apt-get install openjdk-17-jre-headless`"):
        require_spark()


def test_spark_without_pyspark_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(UserError, match="Try `pip install"):
        require_spark()
