"""What Klaviyo holds after syncs of a small shop: the whole core, a real outbox and requests as specified."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.events.store import Store
from pipeline.publish.destinations.destination import Batch, Receipt
from pipeline.publish.destinations.klaviyo.klaviyo import Klaviyo
from pipeline.publish.destinations.outbox.outbox import reading_outbox, writing_outbox
from pipeline.publish.destinations.telling.addresses import Addresses
from pipeline.publish.destinations.telling.sync import sync_platform
from pipeline.publish.destinations.telling.told import Told
from pipeline.publish.publication import Publication, publish
from pipeline.settings.destinations import KlaviyoDestination
from tests.little_platform import NOW, edition, person, says, store_of
from tests.loopback import Server, SimulatedClock, serving
from tests.pipeline.publish.destinations.little_klaviyo import KEY, LittleKlaviyo
from tests.specifications import available, valid_against

PEOPLE = [person("ann", 0.7, 120), person("ben", 0.31, 10.4), person("cas", None, 250)]
ANN = {"segcast_churn_probability": 0.7, "segcast_expected_spend": 120, "segcast_vip": True, "segcast_at_risk": True}


@dataclass
class Shop:
    """A shop that tells a little Klaviyo."""

    folder: Path
    store: Store
    little: LittleKlaviyo
    server: Server
    settings: KlaviyoDestination

    def publish(self, people: Sequence[dict[str, object]] = PEOPLE, **told: object) -> Publication:
        return publish(self.folder / "published", edition(people, **told))

    def sync(
        self, publication: Publication, kind: type[Klaviyo] = Klaviyo, clock: SimulatedClock | None = None
    ) -> Told:
        addresses = Addresses(self.store, "email", lambda: datetime.now(UTC))
        platform = kind("crm", KEY, self.server.url, clock or SimulatedClock())
        with writing_outbox(self.folder) as outbox:
            return sync_platform(platform, self.settings, publication, outbox, addresses, NOW)

    def on_list(self) -> set[str]:
        return {self.little.profiles[each]["external_id"] for each in self.little.lists["Vip1"]}

    def told(self) -> Counter[str]:
        """How often each customer was in an import."""
        profiles = (profile for job in self.little.jobs.values() for profile in job.profiles)
        return Counter(profile["attributes"]["external_id"] for profile in profiles)

    def joined(self) -> list[str]:
        """Who was put on the list, as often as it was asked for."""
        asked = [each.json["data"] for each in self.server.received if each.method == "POST" and "lists" in each.path]
        return [self.little.profiles[each["id"]]["external_id"] for profiles in asked for each in profiles]


@contextmanager
def shop(folder: Path, **little: object) -> Iterator[Shop]:
    platform = LittleKlaviyo(lists={"Vip1": []}, **little)
    with serving(platform, SimulatedClock()) as server:
        settings = KlaviyoDestination(
            name="crm",
            to="klaviyo",
            api_key="KLAVIYO_KEY",
            url=server.url,
            properties=("churn_probability", "expected_spend"),
            lists={"vip": "Vip1"},
        )
        yield Shop(folder, store_of(folder, ("ann", "ben", "cas")), platform, server, settings)
    for received in server.received if available("klaviyo") else ():
        valid_against("klaviyo", received)


def test_a_first_sync_makes_profiles_fills_the_list_and_a_second_one_asks_nothing(tmp_path):
    with shop(tmp_path) as hearth:
        publication = hearth.publish(lists={"vip": ["ann", "cas"]}, held_out=["cas"])
        hearth.sync(publication)
        assert hearth.little.of("ann") == ANN
        assert hearth.little.of("cas") == {
            "segcast_expected_spend": 250, "segcast_vip": True, "segcast_at_risk": False,
        }  # fmt: skip
        assert hearth.on_list() == {"ann"}
        del hearth.server.received[:]
        told = hearth.sync(publication)
        assert hearth.server.received == []
        assert [(part.sent, part.unchanged) for part in told.parts] == [(0, 3), (0, 1)]


def test_a_difference_goes_by_id_without_an_address_and_leaving_is_false(tmp_path):
    with shop(tmp_path) as hearth:
        hearth.sync(hearth.publish(lists={"vip": ["ann"]}))
        hearth.sync(hearth.publish([person("ann", None, 90), *PEOPLE[1:]], lists={"vip": ["cas"]}, as_of=NOW))
        assert hearth.little.of("ann") == {
            "segcast_expected_spend": 90, "segcast_vip": False, "segcast_at_risk": False,
        }  # fmt: skip
        assert hearth.on_list() == {"cas"}
        later = list(hearth.little.jobs.values())[-1].profiles
        assert all("id" in profile and "email" not in profile["attributes"] for profile in later)


def test_who_withdraws_consent_is_emptied_and_off_the_list(tmp_path):
    with shop(tmp_path) as hearth:
        publication = hearth.publish(lists={"vip": ["ann", "cas"]})
        hearth.sync(publication)
        says(hearth.store, ["ann"], granted=False, days=1)
        hearth.sync(publication)
        assert hearth.little.of("ann") == {"segcast_vip": False, "segcast_at_risk": False}
        assert hearth.on_list() == {"cas"}


def test_a_profile_at_fault_is_refused_alone_told_again_and_cleared(tmp_path):
    with shop(tmp_path) as hearth:
        hearth.little.add("ben", "old@example.org")
        clash = hearth.little.add("stranger", "ben@example.org")
        publication = hearth.publish(lists={"vip": ["ben"]})
        hearth.sync(publication)
        with reading_outbox(tmp_path) as outbox:
            assert {row.customer_id for row in outbox.refused("crm")} == {"ben"}
            assert not [row.reason for row in outbox.refused("crm") if "@" in row.reason]
        hearth.little.remove(clash)
        hearth.sync(publication)
        assert hearth.little.of("ben")["segcast_expected_spend"] == 10
        assert hearth.on_list() == {"ben"}
        with reading_outbox(tmp_path) as outbox:
            assert list(outbox.refused("crm")) == []
        assert hearth.told() == {"ann": 1, "cas": 1, "ben": 2}


class Died(BaseException):
    """The process is gone."""


class Dying(Klaviyo):
    """Dies when Klaviyo has carried out what it was told, before anybody here knows."""

    def send(self, batch: Batch) -> Receipt:
        super().send(batch)
        raise Died


class DyingClock(SimulatedClock):
    """The process is gone while a job is waited for."""

    def sleep(self, seconds: float) -> None:
        raise Died(seconds)


@pytest.mark.parametrize("part", ["profiles", "list"])
def test_what_was_carried_out_before_a_death_is_asked_for_and_not_told_again(tmp_path, part):
    with shop(tmp_path) as hearth:
        publication = hearth.publish(lists={"vip": ["ann", "cas"]})
        if part == "list":
            hearth.sync(hearth.publish(lists={"vip": []}))
            publication = hearth.publish(lists={"vip": ["ann", "cas"]}, as_of=NOW)
        with pytest.raises(Died):
            hearth.sync(publication, Dying)
        assert hearth.sync(publication).recovered == (3 if part == "profiles" else 2)
        assert hearth.little.of("ann") == ANN
        assert hearth.told() == {"ann": 1, "ben": 1, "cas": 1}
        assert hearth.joined() == ["ann", "cas"]


def test_a_job_that_is_under_way_when_the_process_dies_is_awaited(tmp_path):
    with shop(tmp_path) as hearth:
        publication = hearth.publish(lists={"vip": ["ann"]})
        with pytest.raises(Died):
            hearth.sync(publication, clock=DyingClock())
        assert hearth.sync(publication).recovered == 3
        assert hearth.little.of("ann") == ANN
        assert hearth.on_list() == {"ann"}
        assert hearth.told() == {"ann": 1, "ben": 1, "cas": 1}


def test_what_an_import_writes_of_who_has_withdrawn_meanwhile_is_awaited_and_taken_back(tmp_path):
    with shop(tmp_path, looks=3) as hearth:
        publication = hearth.publish(lists={"vip": []})
        with pytest.raises(Died):
            hearth.sync(publication, clock=DyingClock())
        (job,) = hearth.little.jobs.values()
        says(hearth.store, ["ann"], granted=False, days=1)
        assert hearth.sync(publication).recovered == 3
        assert job.status == "complete"
        assert hearth.little.of("ann") == {"segcast_vip": False, "segcast_at_risk": False}


def test_of_nobody_left_to_tell_an_import_is_awaited_too(tmp_path):
    with shop(tmp_path, looks=3) as hearth:
        publication = hearth.publish(lists={"vip": []})
        with pytest.raises(Died):
            hearth.sync(publication, clock=DyingClock())
        says(hearth.store, ["ann", "ben", "cas"], granted=False, days=1)
        hearth.sync(publication)
        emptied = {"segcast_vip": False, "segcast_at_risk": False}
        assert [hearth.little.of(one) for one in ("ann", "ben", "cas")] == [emptied] * 3


def test_a_list_that_was_deleted_and_is_named_no_more_stops_nothing(tmp_path):
    with shop(tmp_path) as hearth:
        publication = hearth.publish(lists={"vip": ["ann"]})
        hearth.sync(publication)
        hearth.little.lists.clear()
        hearth.settings = hearth.settings.model_copy(update={"lists": {}})
        hearth.sync(publication)
        with reading_outbox(tmp_path) as outbox:
            assert [str(one.part) for one in outbox.held()] == ["profile"]
