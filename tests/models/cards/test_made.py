from models.cards.made import made_from

BARE = {
    "trained_as_of": "2026-03-01T00:00:00+00:00",
    "rows": 4000,
    "customers": 1500,
    "positives": 900,
    "negatives": 700,
    "thin": True,
    "seed": 3,
    "season_shift": None,
}


def told(**training):
    card = {"data_snapshot": 7, "code_version": "0.1.0", "training": {**BARE, **training}}
    return dict(made_from(card))


def test_a_thin_model_of_a_young_shop_tells_of_no_trees_and_of_no_season():
    facts = told()
    assert facts["Kind"] == "linear model alone"
    assert facts["Season"] == "never seen"
    assert facts["Rows"] == "4,000, of 1,500 customers"
    assert not facts.keys() & {"Trees", "Search", "Season's level", "Season's slope", "Carried over from"}


def test_trees_and_the_search_for_them_are_told():
    searched = {"trials": 40, "usual_loss": 0.5123, "best_loss": 0.5012}
    facts = told(thin=False, rounds=150, searched={**searched, "kept": True})
    assert facts["Trees"] == "150"
    assert facts["Search"] == "40 trials; the best, with a loss of 0.5012 against the usual 0.5123, was kept"
    assert told(searched={**searched, "kept": False})["Search"].endswith("was not clearly better: trees grow as usual")


def test_what_the_season_did_to_the_scores_is_told():
    facts = told(season_shift=-0.214, season_slope=0.9)
    assert facts["Season's level"] == "-0.214 on every score"
    assert facts["Season's slope"] == "0.900; under 1 it drew the scores together"


def test_a_horizon_that_was_carried_over_is_told_with_its_doubt():
    facts = told(translated_from_days=90.0, translation_doubt=0.25)
    assert facts["Carried over from"] == "90 days; its level may be off by 0.250 on every score"
    assert told(translated_from_days=90.0)["Carried over from"] == "90 days"
