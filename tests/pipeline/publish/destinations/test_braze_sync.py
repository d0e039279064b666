"""What Braze holds after syncs of a small shop: the whole core and a real outbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.events.store import Store
from pipeline.publish.destinations.braze.braze import Braze
from pipeline.publish.destinations.destination import Batch, Receipt
from pipeline.publish.destinations.outbox.outbox import reading_outbox, writing_outbox
from pipeline.publish.destinations.telling.addresses import Addresses
from pipeline.publish.destinations.telling.sync import sync_platform
from pipeline.publish.destinations.telling.told import Told
from pipeline.publish.publication import Publication, publish
from pipeline.settings.destinations import BrazeDestination
from tests.little_platform import NOW, edition, person, says, store_of
from tests.loopback import Server, SimulatedClock, serving
from tests.pipeline.publish.destinations.little_braze import KEY, LittleBraze

PEOPLE = [person("ann", 0.7, 120), person("ben", 0.31, 10.4), person("cas", None, 250)]
ANN = {"segcast_churn_probability": 0.7, "segcast_expected_spend": 120, "segcast_vip": True, "segcast_at_risk": True}


class Died(BaseException):
    """The process is gone."""


class Dying(Braze):
    """Dies when Braze has taken in what it was told, before anybody here knows."""

    def send(self, batch: Batch) -> Receipt:
        super().send(batch)
        raise Died


@dataclass
class Shop:
    """A shop that tells a little Braze."""

    folder: Path
    store: Store
    little: LittleBraze
    server: Server
    settings: BrazeDestination

    def publish(self, **told: object) -> Publication:
        return publish(self.folder / "published", edition(PEOPLE, **told))

    def sync(self, publication: Publication, kind: type[Braze] = Braze) -> Told:
        addresses = Addresses(self.store, "email", lambda: datetime.now(UTC))
        platform = kind("crm", KEY, self.server.url, SimulatedClock())
        with writing_outbox(self.folder) as outbox:
            return sync_platform(platform, self.settings, publication, outbox, addresses, NOW)


@contextmanager
def shop(folder: Path) -> Iterator[Shop]:
    platform = LittleBraze()
    with serving(platform, SimulatedClock()) as server:
        settings = BrazeDestination(
            name="crm",
            to="braze",
            api_key="BRAZE_KEY",
            url=server.url,
            properties=("churn_probability", "expected_spend"),
            lists={"vip": "contact_vip"},
        )
        yield Shop(folder, store_of(folder, ("ann", "ben", "cas")), platform, server, settings)


def test_attributes_and_lists_follow_the_publications_and_nothing_else_goes(tmp_path):
    with shop(tmp_path) as hearth:
        first = hearth.publish(lists={"vip": ["ann", "cas"]}, held_out=["cas"])
        hearth.sync(first)
        assert hearth.little.users["ann"] == {**ANN, "contact_vip": True}
        assert "contact_vip" not in hearth.little.users["cas"]
        del hearth.server.received[:]
        hearth.sync(first)
        assert hearth.server.received == []
        hearth.sync(hearth.publish(lists={"vip": ["cas"]}, as_of=NOW))
        assert hearth.little.users["ann"] == {**ANN, "contact_vip": False}
        assert hearth.little.users["cas"]["contact_vip"] is True


def test_who_withdraws_consent_is_emptied(tmp_path):
    with shop(tmp_path) as hearth:
        publication = hearth.publish(lists={"vip": ["ann"]})
        hearth.sync(publication)
        says(hearth.store, ["ann"], granted=False, days=1)
        hearth.sync(publication)
        assert hearth.little.users["ann"] == {"segcast_vip": False, "segcast_at_risk": False}


@pytest.mark.parametrize("tells_index", [True, False])
def test_a_customer_at_fault_is_refused_alone_and_cleared_when_right(tmp_path, tells_index):
    with shop(tmp_path) as hearth:
        hearth.little.rejects, hearth.little.tells_index = {"ben"}, tells_index
        publication = hearth.publish(lists={"vip": ["ann"]})
        hearth.sync(publication)
        assert hearth.little.users.keys() == {"ann", "cas"}
        with reading_outbox(tmp_path) as outbox:
            (refused,) = outbox.refused("crm")
        assert refused.customer_id == "ben"
        assert "@" not in refused.reason
        hearth.little.rejects = set()
        hearth.sync(publication)
        assert hearth.little.users["ben"]["segcast_expected_spend"] == 10


def test_what_was_taken_in_before_a_death_is_asked_for_and_not_told_again(tmp_path):
    with shop(tmp_path) as hearth:
        publication = hearth.publish(lists={"vip": ["ann"]})
        with pytest.raises(Died):
            hearth.sync(publication, Dying)
        assert hearth.sync(publication).recovered == 3
        assert hearth.little.users["ann"] == {**ANN, "contact_vip": True}
        assert hearth.little.tracked == 4
