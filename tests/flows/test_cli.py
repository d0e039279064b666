import json
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from flows.cli.main import COMMANDS
from flows.demo import END
from pipeline.publish.publication import latest

AS_OF = f"{END:%Y-%m-%d}"
METRICS = {"n", "base_rate", "roc_auc", "average_precision", "log_loss", "brier", "ece", "lift_top_decile"}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_explains_itself(segcast, command):
    said = segcast(command.name, "--help")
    assert said.code == 0
    assert "Usage: segcast" in said.out


def test_help_imports_nothing_heavy():
    script = "import sys, flows.cli.main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {
        "ibis",
        "pandas",
        "numpy",
        "pyarrow",
        "mlflow",
        "prefect",
        "lightgbm",
        "sklearn",
        "pydantic",
        "rich",
    } & set(loaded)


def test_a_backtest_prints_one_object_and_writes_its_predictions(segcast, demo, tmp_path):
    out = tmp_path / "predictions.parquet"
    said = segcast(
        "backtest",
        "--project",
        demo,
        "--task",
        "purchase",
        "--horizon",
        "60d",
        "--as-of",
        "2026-03-01",
        "--out",
        out,
        "--json",
    )
    figures = json.loads(said.out)
    assert said.code == 0
    assert figures.keys() >= METRICS | {"baselines", "auc_difference"}
    assert {"recency", "frequency"} <= figures["baselines"].keys()
    assert all(rule.keys() >= METRICS for rule in figures["baselines"].values())
    assert all({"difference", "low", "high"} <= gap.keys() for gap in figures["auc_difference"].values())
    table = pq.ParquetFile(out).read()
    assert table.column_names == ["customer_id", "as_of", "probability", "outcome"]
    assert table.num_rows == figures["n"]
    assert figures["base_rate"] == pytest.approx(sum(table["outcome"].to_pylist()) / table.num_rows)


def test_publishing_prints_the_segments_and_where_the_report_is(segcast, demo):
    said = segcast("publish", "--project", demo, "--as-of", AS_OF)
    assert said.code == 0
    assert "predicted_at_risk" in said.out
    assert "report.html" in said.out


@pytest.mark.parametrize(
    "words",
    [
        ("features", "list"),
        ("features", "show", "overdue_ratio"),
        ("segments", "list", "--project", "DEMO"),
        ("models", "list", "--project", "DEMO"),
        ("monitor", "--project", "DEMO", "--as-of", AS_OF),
        ("doctor", "--project", "DEMO"),
        ("score", "--project", "DEMO", "--as-of", AS_OF),
        ("ingest", "--project", "DEMO"),
    ],
    ids=lambda words: words[0],
)
def test_what_reports_also_prints_json(segcast, demo, words):
    words = [demo if word == "DEMO" else word for word in words]
    people, programs = segcast(*words), segcast(*words, "--json")
    assert (people.code, programs.code) == (0, 0)
    assert people.out.strip()
    assert json.loads(programs.out)


def test_a_customer_is_explained(segcast, demo):
    row = pq.ParquetFile(latest(demo / "published").path / "predictions.parquet").read().slice(0, 1).to_pylist()[0]
    said = segcast("explain", row["customer_id"], "--project", demo, "--as-of", AS_OF, "--json")
    found = json.loads(said.out)
    assert found["features"]["orders_lifetime"] >= 0
    assert isinstance(found["segments"], list)


def test_somebody_unknown_is_not_explained_and_not_repeated(segcast, demo):
    said = segcast("explain", "secret@example.com", "--project", demo, "--as-of", AS_OF)
    assert said.code == 2
    assert "secret" not in said.err


def test_a_model_is_shown_promoted_and_rolled_back(segcast, own_demo):
    assert segcast("train", "--project", own_demo, "--task", "churn", "--as-of", AS_OF).code == 0
    assert segcast("models", "promote", "churn", 2, "--project", own_demo).code == 0
    assert json.loads(segcast("models", "card", "churn", "--project", own_demo).out)["task"]["name"] == "churn"
    assert "Version 1 of churn" in segcast("models", "rollback", "churn", "--project", own_demo).out


def test_a_new_folder_is_begun_and_never_overwritten(segcast, tmp_path):
    assert segcast("init", "--project", tmp_path / "new", "--name", "Corner shop").code == 0
    said = segcast("init", "--project", tmp_path / "new")
    assert said.code == 2
    assert "found one" in said.err
