"""Customers whose address is another contact's by now: the first one is left empty, the other is told everything."""

import pytest

from pipeline.publish.destinations.mailchimp.mailchimp import MOVED
from tests.little_platform import live_at, person
from tests.pipeline.publish.destinations.test_mailchimp_sync import PEOPLE, shop

OTHERS = PEOPLE[1:]
OURS = {"segcast_vip", "segcast_at_risk", "Very important"}


@pytest.fixture
def moved(tmp_path):
    """A shop that told of Ann at one address; she has another one since, which is a contact of its own."""
    with shop(tmp_path) as hearth:
        hearth.sync(hearth.publish(lists={"vip": ["ann"]}))
        hearth.little.joined("ann2@example.org")
        hearth.little.tags["the shop's own"] = set(hearth.little.members)
        live_at(hearth.store, {"ann": "ann2@example.org"}, days=1)
        yield hearth


def sync(hearth, churn):
    return hearth.sync(hearth.publish([person("ann", churn, 130), *OTHERS], lists={"vip": ["ann"]}))


def test_the_first_contact_is_left_and_the_other_is_told_everything_with_the_next_sync(moved):
    assert sync(moved, 0.71).parts[0].refused[MOVED] == 1
    assert moved.member("ann").fields == {"CHURN": ""}
    assert moved.tags("ann") == moved.tags("ann2") == {"the shop's own"}
    sync(moved, 0.71)
    assert moved.member("ann2").fields == {"CHURN": 0.71}
    assert moved.tags("ann2") == {*OURS, "the shop's own"}
    assert moved.tags("ann") == {"the shop's own"}
    assert sync(moved, 0.71).parts[0].unchanged == 2


def test_a_contact_that_is_gone_is_left_already(moved):
    del moved.little.members[next(iter(moved.little.members))]
    sync(moved, 0.71)
    sync(moved, 0.71)
    assert (moved.member("ann2").fields, moved.tags("ann2")) == ({"CHURN": 0.71}, {*OURS, "the shop's own"})


def test_a_contact_that_is_another_customers_by_now_holds_what_is_true_of_that_one_alone(moved):
    live_at(moved.store, {"ben": "ann@example.org"}, days=0.5)
    sync(moved, 0.71)
    sync(moved, 0.71)
    assert (moved.member("ann").fields, moved.member("ann2").fields) == ({"CHURN": 0.31}, {"CHURN": 0.71})
    assert (moved.tags("ann"), moved.tags("ann2")) == ({"the shop's own"}, {*OURS, "the shop's own"})
