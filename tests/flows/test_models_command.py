import json

from flows.demo import END

AS_OF = f"{END:%Y-%m-%d}"


def test_every_version_is_listed_with_what_its_gate_said(segcast, demo):
    listed = json.loads(segcast("models", "list", "--project", demo, "--json").out)
    assert {row["task"] for row in listed} >= {"churn", "purchase", "spend"}
    for row in listed:
        assert row["gate"] in {"passed", "refused"}
        assert row["snapshot"] >= 0
        assert row["code"]
    assert "champion" in segcast("models", "list", "--project", demo).out


def test_a_shop_without_models_is_told_to_train(segcast, corner_shop):
    said = segcast("models", "list", "--project", corner_shop)
    assert (said.code, said.out.strip()) == (0, "No model was trained yet. Try `segcast train`.")


def test_a_damaged_version_is_listed_as_such(segcast, own_demo):
    for card in own_demo.glob("mlruns/*/artifacts/card.json"):
        card.write_text("{", encoding="utf-8")
    said = segcast("models", "list", "--project", own_demo)
    assert said.code == 0
    assert "damaged files" in said.out


def test_a_card_is_written_as_a_page(segcast, demo, tmp_path):
    page = tmp_path / "churn.html"
    said = segcast("models", "card", "churn", "--project", demo, "--html", page)
    assert (said.code, said.out.strip()) == (0, f"The card of churn, version 1, is in {page}.")
    assert "<h1>churn, version 1" in page.read_text(encoding="utf-8")


def test_a_version_that_is_not_there_names_those_that_are(segcast, demo):
    said = segcast("models", "card", "churn", "--version", 9, "--project", demo)
    assert said.code != 0
    assert "number 9, found 1." in said.err
    assert "found none" in segcast("models", "card", "nothing", "--project", demo).err


def test_a_backtest_prints_deciles_and_slices_where_asked(segcast, demo):
    words = ("backtest", "--project", demo, "--task", "purchase", "--as-of", "2026-03-01")
    said = segcast(*words, "--deciles", "--slices").out
    assert "captured_share_so_far" in said
    assert "repeat buyers" in said


def test_a_backtest_of_an_amount_has_its_deciles_and_no_champion_that_knew_no_more(segcast, demo):
    figures = json.loads(
        segcast("backtest", "--project", demo, "--task", "spend", "--as-of", "2026-03-01", "--json").out
    )
    assert len(figures["deciles"]) == 10
    assert figures["champion"] is None
