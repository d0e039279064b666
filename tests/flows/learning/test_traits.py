from datetime import timedelta

import pyarrow as pa
import pytest

from flows.learning.looking_back import vocabulary_of
from flows.learning.traits import unknown_traits
from flows.project import open_project
from pipeline.events.tables import CUSTOMERS, EVENTS
from tests.rows import AS_OF, arrow, days_before, event

NAMED = '\n[features]\ntraits = ["plan", "langage"]\n'


@pytest.fixture
def shop(corner_shop):
    """A shop with an order in its log."""
    open_project(corner_shop).store.append(EVENTS, arrow([event("ann", days_before(30))]))
    return corner_shop


@pytest.fixture
def named(shop):
    """One whose settings name a trait rightly and misspell another."""
    with (shop / "segcast.toml").open("a", encoding="utf-8") as settings:
        settings.write(NAMED)
    return open_project(shop)


def known(customer, traits, days_ago=20):
    told = {"customer_id": customer, "traits": traits, "received_at": AS_OF - timedelta(days=days_ago)}
    return {**dict.fromkeys(CUSTOMERS.columns), **told}


def warned(project):
    history = project.history(AS_OF)
    return unknown_traits(project, history, vocabulary_of(project, history))


def test_a_trait_that_nobody_has_is_named_with_the_one_that_was_meant(named):
    rows = [known("ann", '{"plan": "gold", "language": "de"}'), known("bob", None)]
    named.store.append(CUSTOMERS, pa.Table.from_pylist(rows, schema=CUSTOMERS.schema))
    (sentence,) = warned(named)
    assert sentence == (
        'segcast.toml: [features] traits names "langage", which no customer had before 2026-03-01, so that no feature '
        'tells of it. Did you mean "language"?'
    )


def test_a_trait_that_comes_to_be_known_later_is_not_known_yet(named):
    rows = [known("ann", '{"plan": "gold"}'), known("ann", '{"langage": "de"}', days_ago=-1)]
    named.store.append(CUSTOMERS, pa.Table.from_pylist(rows, schema=CUSTOMERS.schema))
    (sentence,) = warned(named)
    assert 'names "langage", which no customer had before 2026-03-01' in sentence
    assert '"language"' not in sentence


def test_a_shop_that_knows_nothing_of_its_customers_is_told_of_every_trait(named):
    assert [sentence.split('"')[1] for sentence in warned(named)] == ["plan", "langage"]


def test_a_shop_that_names_no_trait_is_told_of_none(shop):
    assert warned(open_project(shop)) == ()


def test_training_says_it_once_and_trains_all_the_same(segcast, named):
    said = segcast("train", "--project", named.folder, "--as-of", "2026-03-01", "--json")
    assert said.code == 0
    assert said.err.count('Warning: segcast.toml: [features] traits names "langage"') == 1
    assert '"task": "churn"' in said.out
