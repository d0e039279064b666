import pytest

from flows.cli.backtest_tables import print_backtest, print_deciles, print_slices
from models.judging.backtest import backtest
from tests.models.shop import CHURN, cut_offs, shop


@pytest.fixture(scope="module")
def figures():
    rows = shop(2600, cut_offs(4))
    return backtest(CHURN, rows, rows, as_of=max(rows.matrix.cut_offs), seed=0, resamples=20).to_json()


def test_the_title_tells_the_expected_share_with_its_interval_beside_the_base_rate(figures, capsys):
    print_backtest(figures)
    share, low, high = (figures[f"expected_share{end}"] for end in ("", "_low", "_high"))
    title = f"base rate {figures['base_rate']:.3f}, expected {share:.3f} ({low:.3f} to {high:.3f})"
    assert title in capsys.readouterr().out


def test_tenths_of_enough_customers_are_printed_with_the_interval_of_what_came(figures, capsys):
    print_deciles(figures)
    printed = capsys.readouterr().out
    for tenth in figures["deciles"]:
        assert f"{tenth['intervals']['observed']['low']:.3f}" in printed


def test_tenths_without_an_interval_are_printed_all_the_same(figures, capsys):
    print_deciles({"deciles": [{**figures["deciles"][0], "intervals": {}}]})
    assert f"{figures['deciles'][0]['observed']:.3f}" in capsys.readouterr().out


def test_kinds_of_customers_are_printed_with_the_interval_of_the_ranking(figures, capsys):
    print_slices(figures)
    printed = capsys.readouterr().out
    for part in figures["slices"]:
        ends = part["intervals"]["roc_auc"]
        assert f"{ends['low']:.3f} to {ends['high']:.3f}" in printed
