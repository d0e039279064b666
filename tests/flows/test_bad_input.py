import pytest

from pipeline.publish.publication import latest

AS_OF = ("--as-of", "2026-03-01")


def edit(folder, name, old, new):
    path = folder / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        (
            "segcast.toml",
            '"total"',
            '"totl"',
            'expected a column "totl" for amount, got who, at, total. Did you mean "total"?',
        ),
        (
            "segcast.toml",
            "[shop]",
            "[shop]\ntimezone = 'UTC'",
            'there is no setting "shop.timezone". Did you mean "time_zone"?',
        ),
        (
            "segcast.toml",
            "[shop]",
            "[tasks.chur]\nhorizon = '9 days'\n[shop]",
            'there is no task "chur". Did you mean "churn"?',
        ),
        (
            "segcast.toml",
            "[shop]",
            "[tasks.win]\npopulation = 'orders_365d > 1'\n\ntarget = 'never(order_placed'\nhorizon = '9 days'\n[shop]",
            "segcast.toml:4, task win, target: expected",
        ),
        (
            "segcast.toml",
            "[shop]",
            "[tasks.clusters]\nhorizon = '9 days'\n[shop]",
            'segcast.toml:1: "clusters" is what Segcast calls something else.',
        ),
        (
            "segcast.toml",
            "[shop]",
            "[tasks.churn]\nhorizon = '9 days'\nlookback = '3 days'\n[shop]",
            "segcast.toml:3, task churn: expected a lookback of at least 9 days",
        ),
        ("segcast.toml", "orders.csv", "order.csv", 'expected a file matching "order.csv"'),
        ("orders.csv", "20", "31/12/", "not one of them can (unreadable occurred_at)"),
        ("segments.yaml", "", "- name: mine\n  when: order_90d > 1\n", 'Did you mean "orders_90d"?'),
    ],
)
def test_each_mistake_is_one_sentence_with_code_2_and_nothing_is_written(
    segcast, corner_shop, name, old, new, sentence
):
    if name == "segments.yaml":
        (corner_shop / name).write_text(new, encoding="utf-8")
    else:
        edit(corner_shop, name, old, new)
    said = segcast("run", "--project", corner_shop, *AS_OF)
    assert (said.code, said.out) == (2, "")
    assert sentence in said.err
    assert name == "orders.csv" or f"{name}:" in said.err or "source orders" in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert {path.name for path in (corner_shop / "store").rglob("*")} <= {".lock", ".writing"}
    assert not (corner_shop / "published").exists()


def test_an_unreadable_day_is_refused(segcast, corner_shop):
    said = segcast("run", "--project", corner_shop, "--as-of", "yesterday")
    assert said.code == 2
    assert 'got "yesterday"' in said.err


def test_a_day_to_come_is_refused(segcast, corner_shop):
    said = segcast("run", "--project", corner_shop, "--as-of", "2999-01-01")
    assert said.code == 2
    assert "to lie in the past" in said.err


def test_too_few_customers_to_train_still_publishes_the_rules_and_says_why(segcast, corner_shop):
    said = segcast("run", "--project", corner_shop, *AS_OF)
    assert said.code == 0
    publication = latest(corner_shop / "published")
    assert {"at_risk", "one_time", "vip"} <= publication.manifest["segments"].keys()
    assert "predicted_at_risk" not in publication.manifest["segments"]
    assert "expected at least 100 customers" in " ".join(publication.manifest["notes"])
    report = (publication.path / "report.html").read_text(encoding="utf-8")
    assert "expected at least 100 customers" in report


def test_a_backtest_without_a_log_says_how_to_get_one(segcast, corner_shop):
    said = segcast("backtest", "--project", corner_shop, *AS_OF)
    assert said.code == 2
    assert "Try `segcast ingest`" in said.err


def test_an_unknown_task_is_refused_with_the_nearest(segcast, corner_shop):
    said = segcast("backtest", "--project", corner_shop, "--task", "chrun", *AS_OF)
    assert said.code == 2
    assert 'Did you mean "churn"?' in said.err
