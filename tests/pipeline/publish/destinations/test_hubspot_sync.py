"""What HubSpot holds after a sync of a small shop: the whole core, a real outbox and requests as specified."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import DestinationError
from pipeline.events.store import Store
from pipeline.publish.destinations.destination import Batch, Receipt
from pipeline.publish.destinations.hubspot.hubspot import HubSpot
from pipeline.publish.destinations.outbox.outbox import reading_outbox, writing_outbox
from pipeline.publish.destinations.telling.addresses import Addresses
from pipeline.publish.destinations.telling.sync import sync_platform
from pipeline.publish.destinations.telling.told import Told
from pipeline.publish.publication import Publication, publish
from pipeline.settings.destinations import HubSpotDestination
from tests.little_hubspot import LISTS, TOKEN, LittleHubSpot
from tests.little_platform import NOW, edition, live_at, person, says, store_of
from tests.loopback import SimulatedClock, serving
from tests.specifications import available, valid_against

PEOPLE = [person("ann", 0.7, 120), person("ben", 0.31, 10.4), person("cas", None, 250)]
IDS = ("ann", "ben", "cas")
ANN = {
    "segcast_churn_probability": "0.7",
    "segcast_expected_spend": "120",
    "segcast_vip": "true",
    "segcast_at_risk": "true",
}


@dataclass
class Shop:
    """A shop that tells a little HubSpot."""

    folder: Path
    store: Store
    little: LittleHubSpot
    settings: HubSpotDestination
    platform: HubSpot

    def publish(self, people: Sequence[dict[str, object]] = PEOPLE, **told: object) -> Publication:
        return publish(self.folder / "published", edition(people, **told))

    def sync(self, publication: Publication, platform: HubSpot | None = None) -> Told:
        addresses = Addresses(self.store, "email", lambda: datetime.now(UTC))
        with writing_outbox(self.folder) as outbox:
            return sync_platform(platform or self.platform, self.settings, publication, outbox, addresses, NOW)

    def held(self, customer: str) -> dict[str, str]:
        return self.little.by_address(f"{customer}@example.org")


@contextmanager
def shop(folder: Path, customers: Sequence[str] = IDS, **little: object) -> Iterator[Shop]:
    platform, clock = LittleHubSpot(lists={"42": set()}, **little), SimulatedClock()
    with serving(platform, clock) as server:
        settings = HubSpotDestination(
            name="crm",
            to="hubspot",
            token="HUBSPOT_TOKEN",  # noqa: S106
            url=server.url,
            properties=("churn_probability", "expected_spend"),
            lists={"vip": "42"},
        )
        yield Shop(folder, store_of(folder, customers), platform, settings, HubSpot(settings, TOKEN, clock))
    for received in server.received:
        name = "hubspot-lists" if received.path.startswith(LISTS) else "hubspot-contacts"
        if available(name):
            valid_against(name, received)


def test_a_first_sync_makes_contacts_fills_the_list_and_a_second_one_tells_nothing(tmp_path):
    with shop(tmp_path) as hearth:
        publication = hearth.publish(lists={"vip": ["ann", "cas"]}, held_out=["cas"])
        hearth.sync(publication)
        assert hearth.held("ann") == ANN
        assert hearth.held("cas") == {
            "segcast_expected_spend": "250", "segcast_vip": "true", "segcast_at_risk": "false",
        }  # fmt: skip
        assert hearth.little.lists == {"42": {hearth.little.ids["ann@example.org"]}}
        before = dict(hearth.little.told)
        told = hearth.sync(publication)
        assert hearth.little.told == before
        assert [(part.sent, part.unchanged) for part in told.parts] == [(0, 3), (0, 1)]


def test_a_difference_goes_by_record_id_and_leaving_is_false(tmp_path):
    with shop(tmp_path) as hearth:
        hearth.sync(hearth.publish(lists={"vip": ["ann"]}))
        hearth.sync(hearth.publish([person("ann", 0.7, 90), *PEOPLE[1:]], lists={"vip": ["cas"]}, as_of=NOW))
        assert hearth.held("ann") == {**ANN, "segcast_expected_spend": "90", "segcast_vip": "false"}
        assert hearth.little.lists == {"42": {hearth.little.ids["cas@example.org"]}}
        assert max(hearth.little.told.values()) == 2


def test_who_withdraws_consent_is_emptied_and_off_the_list(tmp_path):
    with shop(tmp_path) as hearth:
        publication = hearth.publish(lists={"vip": ["ann", "cas"]})
        hearth.sync(publication)
        says(hearth.store, ["ann"], granted=False, days=1)
        hearth.sync(publication)
        assert hearth.held("ann") == {"segcast_vip": "false", "segcast_at_risk": "false"}
        assert hearth.little.lists == {"42": {hearth.little.ids["cas@example.org"]}}


def test_a_contact_at_fault_is_refused_alone_and_the_others_arrive_once(tmp_path):
    with shop(tmp_path, unfit={"ben@example.org"}) as hearth:
        hearth.sync(hearth.publish(lists={"vip": []}))
        assert set(hearth.little.ids) == {"ann@example.org", "cas@example.org"}
        assert set(hearth.little.told.values()) == {1}
        with reading_outbox(tmp_path) as outbox:
            (refused,) = outbox.refused("crm")
        assert refused.customer_id == "ben"
        assert "INVALID_EMAIL of email" in refused.reason
        assert "@" not in refused.reason


def test_missing_properties_stop_the_sync_and_everything_goes_when_they_are_made(tmp_path):
    with shop(tmp_path, properties=set(ANN) - {"segcast_vip"}) as hearth:
        publication = hearth.publish(lists={"vip": ["ann"]})
        with pytest.raises(DestinationError, match=r"properties segcast_vip \(single checkbox\), but"):
            hearth.sync(publication)
        hearth.little.properties = set(ANN)
        hearth.sync(publication)
        assert hearth.held("ann") == ANN
        assert set(hearth.little.told.values()) == {1}


class Died(BaseException):
    """The process is gone."""


class Dying(HubSpot):
    """Dies when the platform has carried out what it was told, before anybody here knows."""

    def send(self, batch: Batch) -> Receipt:
        super().send(batch)
        raise Died


@pytest.mark.parametrize("part", ["profiles", "list"])
def test_what_was_carried_out_before_a_death_is_asked_for_and_not_told_again(tmp_path, part):
    with shop(tmp_path) as hearth:
        publication = hearth.publish(lists={"vip": ["ann", "cas"]})
        if part == "list":
            hearth.sync(hearth.publish(lists={"vip": []}))
            publication = hearth.publish(lists={"vip": ["ann", "cas"]}, as_of=NOW)
        with pytest.raises(Died):
            hearth.sync(publication, Dying(hearth.settings, TOKEN, SimulatedClock()))
        told = hearth.sync(publication)
        assert told.recovered == (3 if part == "profiles" else 2)
        assert hearth.held("ann") == ANN
        assert hearth.little.lists == {"42": {hearth.little.ids[f"{name}@example.org"] for name in ("ann", "cas")}}
        assert set(hearth.little.told.values()) == {1}


def test_a_list_that_was_deleted_and_is_named_no_more_stops_nothing(tmp_path):
    with shop(tmp_path) as hearth:
        publication = hearth.publish(lists={"vip": ["ann"]})
        hearth.sync(publication)
        hearth.little.lists.clear()
        hearth.settings = hearth.settings.model_copy(update={"lists": {}})
        hearth.sync(publication)
        with reading_outbox(tmp_path) as outbox:
            assert [str(one.part) for one in outbox.held()] == ["profile"]


def test_a_contact_that_passed_on_with_its_address_is_never_written_for_whom_it_was_before(tmp_path):
    people = [*PEOPLE, person("abe", 0.1, 5)]
    with shop(tmp_path) as hearth:
        hearth.sync(hearth.publish(lists={"vip": ["ann"]}))
        live_at(hearth.store, {"abe": "ann@example.org"}, days=5)
        says(hearth.store, ["abe"], granted=True)
        lists, hearth.little.lists = hearth.little.lists, {}
        with pytest.raises(DestinationError, match="to have a static list"):
            hearth.sync(hearth.publish(people, lists={"vip": ["abe"]}))
        hearth.little.lists = lists
        live_at(hearth.store, {"ann": "ann.new@example.org"}, days=1)
        hearth.sync(hearth.publish(people, lists={"vip": ["abe"]}))
        assert hearth.held("ann")["segcast_churn_probability"] == "0.1"
        assert hearth.held("ann.new") == ANN
