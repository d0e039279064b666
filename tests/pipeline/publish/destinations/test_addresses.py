"""Who may be told of, and where they live, as the store says at the moment of asking."""

from datetime import timedelta

import pyarrow as pa
import pytest

from pipeline.events.contactable import address_field
from pipeline.events.store import Store
from pipeline.events.tables import EVENTS, IDENTITIES
from pipeline.publish.destinations.telling.addresses import NO_ADDRESS, NO_CONSENT, SHARED_ADDRESS, Addresses
from tests.little_platform import live_at, says, store_of
from tests.rows import AS_OF, arrow, days_before, event

IDS = ("ann", "ben", "cas")


def addresses(store, purpose="email", moment=AS_OF):
    return Addresses(Store(store.folder, profiling=store.profiling), purpose, lambda: moment)


def test_who_agreed_is_told_of_under_the_latest_address(tmp_path):
    store = store_of(tmp_path, IDS)
    live_at(store, {"ann": "new@example.org"}, days=1)
    live_at(store, {"ben": "tomorrow@example.org"}, days=-1)
    assert addresses(store).of(["ann", "ben", "nobody"]) == {"ann": "new@example.org", "ben": "ben@example.org"}


def test_consent_counts_from_the_moment_after_it_was_given(tmp_path):
    store = store_of(tmp_path, IDS)
    says(store, ["ann"], granted=False, days=1)
    at = days_before(1)
    assert "ann" in addresses(store, moment=at).of(IDS)
    assert "ann" not in addresses(store, moment=at + timedelta(microseconds=1)).of(IDS)


def test_a_store_that_changed_is_read_again(tmp_path):
    store = store_of(tmp_path, IDS)
    asked = addresses(store)
    state = asked.state
    assert set(asked.of(IDS)) == set(IDS)
    says(store, ["ben"], granted=False, days=1)
    assert asked.state > state
    assert set(asked.of(IDS)) == {"ann", "cas"}
    assert asked.reachable.to_pylist() != list(IDS)


@pytest.mark.parametrize("said", ["email_unsubscribed", "email_complained"])
def test_who_unsubscribes_or_complains_by_an_event_has_withdrawn(tmp_path, said):
    store = store_of(tmp_path, IDS)
    store.append(EVENTS, arrow([event("cas", days_before(2), said)]))
    assert set(addresses(store).of(IDS)) == {"ann", "ben"}


def test_an_alias_brings_its_address_and_its_word(tmp_path):
    store = store_of(tmp_path, IDS[:2])
    seen = {"alias": "cookie", "customer_id": "cas", "occurred_at": days_before(5), "received_at": days_before(5)}
    store.append(IDENTITIES, pa.Table.from_pylist([seen], schema=IDENTITIES.schema))
    live_at(store, {"cookie": "cas@example.org"})
    says(store, ["cookie"], granted=True)
    assert addresses(store).of(["cas", "cookie"]) == {"cas": "cas@example.org"}


def test_an_address_belongs_to_whom_it_came_in_of_last(tmp_path):
    store = store_of(tmp_path, IDS)
    live_at(store, {"cas": "Ann@Example.org "}, days=1)
    asked = addresses(store)
    assert asked.of(IDS) == {"ben": "ben@example.org", "cas": "Ann@Example.org "}
    assert asked.withheld(pa.array(IDS)) == {SHARED_ADDRESS: 1}
    says(store, ["cas"], granted=False, days=0.5)
    assert set(asked.of(IDS)) == {"ann", "ben"}


def test_to_take_back_with_the_address_of_who_does_not_agree_is_known_too(tmp_path):
    store = store_of(tmp_path, IDS)
    says(store, ["ann"], granted=False, days=1)
    assert addresses(store).for_withdrawal(["ann", "nobody"]) == {"ann": "ann@example.org"}


def test_no_e_mail_address_is_told_to_take_back_what_went_without_one(tmp_path):
    store = store_of(tmp_path, IDS)
    says(store, ["ann"], granted=True, purpose="sms")
    assert addresses(store, "sms").for_withdrawal(["ann"]) == {}


def test_why_somebody_is_not_told_of_is_counted(tmp_path):
    store = store_of(tmp_path, IDS)
    says(store, ["ann"], granted=False, days=1)
    says(store, ["homeless"], granted=True)
    everybody = pa.array([*IDS, "homeless", "stranger"])
    assert addresses(store).withheld(everybody) == {NO_CONSENT: 2, NO_ADDRESS: 1}


@pytest.mark.parametrize(("purpose", "field"), [("email", "email"), ("sms", "phone"), ("push", None), ("vip", "email")])
def test_each_purpose_knows_which_address_it_needs(purpose, field):
    assert address_field(purpose) == field


def test_who_agreed_to_be_called_is_told_of_without_their_e_mail_address(tmp_path):
    store = store_of(tmp_path, IDS)
    says(store, IDS[:2], granted=True, purpose="sms")
    assert addresses(store, "sms").of(IDS) == {}
    assert addresses(store, "sms").withheld(pa.array(IDS)) == {NO_CONSENT: 1, NO_ADDRESS: 2}
    says(store, IDS[:2], granted=True, purpose="push")
    assert addresses(store, "push").of(IDS) == {"ann": None, "ben": None}
    assert addresses(store, "push").withheld(pa.array(IDS)) == {NO_CONSENT: 1}


def test_a_shop_that_asks_before_profiling_tells_of_nobody_who_did_not_agree(tmp_path):
    store = Store(store_of(tmp_path, IDS).folder, profiling="opt_in")
    assert addresses(store).of(IDS) == {}
    says(store, ["ben"], granted=True, purpose="profiling")
    assert set(addresses(store).of(IDS)) == {"ben"}
