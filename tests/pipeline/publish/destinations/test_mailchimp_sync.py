"""What Mailchimp holds after a sync of a small shop: the whole core and a real outbox over real HTTP."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.events.store import Store
from pipeline.publish.destinations.destination import Batch, Receipt
from pipeline.publish.destinations.mailchimp.mailchimp import Mailchimp
from pipeline.publish.destinations.mailchimp.members import NOT_A_MEMBER
from pipeline.publish.destinations.outbox.outbox import writing_outbox
from pipeline.publish.destinations.telling.addresses import Addresses
from pipeline.publish.destinations.telling.sync import sync_platform
from pipeline.publish.destinations.telling.told import Told
from pipeline.publish.publication import Publication, publish
from pipeline.settings.destinations import MailchimpDestination
from tests.little_mailchimp import API_KEY, AUDIENCE, LittleMailchimp, Member
from tests.little_platform import NOW, edition, person, says, store_of
from tests.loopback import Server, SimulatedClock, serving

PEOPLE = [person("ann", 0.7, 120), person("ben", 0.31, 10.4), person("cas", None, 250)]
IDS = ("ann", "ben", "cas")


@dataclass
class Shop:
    """A shop that tells a little Mailchimp, of whose audience `ann` and `cas` are members, but not `ben`."""

    folder: Path
    store: Store
    little: LittleMailchimp
    settings: MailchimpDestination
    platform: Mailchimp
    server: Server

    def publish(self, people: Sequence[dict[str, object]] = PEOPLE, **told: object) -> Publication:
        return publish(self.folder / "published", edition(people, **told))

    def sync(self, publication: Publication, platform: Mailchimp | None = None) -> Told:
        addresses = Addresses(self.store, "email", lambda: datetime.now(UTC))
        with writing_outbox(self.folder) as outbox:
            return sync_platform(platform or self.platform, self.settings, publication, outbox, addresses, NOW)

    def member(self, customer: str) -> Member:
        return next(one for one in self.little.members.values() if one.address == f"{customer}@example.org")

    def tags(self, customer: str) -> set[str]:
        return self.little.tags_of(f"{customer}@example.org")


@contextmanager
def shop(folder: Path) -> Iterator[Shop]:
    little, clock = LittleMailchimp({"CHURN": "number"}), SimulatedClock()
    for name in ("ann", "cas"):
        little.joined(f"{name}@example.org")
    with serving(little, clock) as server:
        settings = MailchimpDestination(
            name="news",
            to="mailchimp",
            api_key="KEY",
            audience=AUDIENCE,
            url=server.url,
            properties=("churn_probability", "expected_spend"),
            merge_fields={"churn_probability": "CHURN"},
            lists={"vip": "Very important"},
        )
        yield Shop(folder, store_of(folder, IDS), little, settings, Mailchimp(settings, API_KEY, clock), server)


def test_a_first_sync_tells_members_alone_and_a_second_one_only_tries_the_others_again(tmp_path):
    with shop(tmp_path) as hearth:
        publication = hearth.publish(lists={"vip": ["ann", "ben", "cas"]}, held_out=["cas"])
        told = hearth.sync(publication)
        assert told.parts[0].refused == {NOT_A_MEMBER: 1}
        assert hearth.member("ann").fields == {"CHURN": 0.7}
        assert hearth.tags("ann") == {"segcast_vip", "segcast_at_risk", "Very important"}
        assert hearth.tags("cas") == {"segcast_vip"}
        assert {one.address for one in hearth.little.members.values()} == {"ann@example.org", "cas@example.org"}
        before = len(hearth.server.received)
        told = hearth.sync(publication)
        assert [(part.sent, part.unchanged) for part in told.parts] == [(0, 2), (0, 1)]
        (again,) = hearth.server.received[before:]
        assert [each["email_address"] for each in again.json["members"]] == ["ben@example.org"]


def test_who_joins_the_audience_later_is_told_of_then(tmp_path):
    with shop(tmp_path) as hearth:
        publication = hearth.publish([*PEOPLE[:1], person("ben", 0.9, 500)], lists={"vip": ["ben"]})
        hearth.sync(publication)
        hearth.little.joined("ben@example.org")
        hearth.sync(publication)
        assert hearth.tags("ben") == {"segcast_vip", "segcast_at_risk", "Very important"}


def test_leaving_a_segment_or_a_list_takes_the_tag_away(tmp_path):
    with shop(tmp_path) as hearth:
        hearth.sync(hearth.publish(lists={"vip": ["ann"]}))
        hearth.little.tags["the shop's own"] = set(hearth.little.members)
        hearth.sync(hearth.publish([person("ann", 0.7, 90), *PEOPLE[1:]], lists={"vip": []}, as_of=NOW))
        assert hearth.tags("ann") == {"segcast_at_risk", "the shop's own"}


def test_who_withdraws_consent_loses_fields_and_tags_and_stays_what_they_were(tmp_path):
    with shop(tmp_path) as hearth:
        publication = hearth.publish(lists={"vip": ["ann"]})
        hearth.sync(publication)
        hearth.member("ann").status = "unsubscribed"
        says(hearth.store, ["ann"], granted=False, days=1)
        hearth.sync(publication)
        assert (hearth.member("ann").fields, hearth.member("ann").status) == ({"CHURN": ""}, "unsubscribed")
        assert hearth.tags("ann") == set()


def with_settings(hearth: Shop, **told: object) -> Mailchimp:
    """Mailchimp after the settings were changed."""
    hearth.settings = hearth.settings.model_copy(update=told)
    return Mailchimp(hearth.settings, API_KEY, SimulatedClock())


def test_a_merge_field_that_is_named_later_is_filled_and_one_that_is_named_no_more_is_emptied(tmp_path):
    with shop(tmp_path) as hearth:
        hearth.little.kinds["SPEND"] = "number"
        publication = hearth.publish(lists={"vip": []})
        hearth.sync(publication)
        both = {"churn_probability": "CHURN", "expected_spend": "SPEND"}
        hearth.sync(publication, with_settings(hearth, merge_fields=both))
        assert hearth.member("ann").fields == {"CHURN": 0.7, "SPEND": 120}
        hearth.sync(publication, with_settings(hearth, merge_fields={"expected_spend": "SPEND"}))
        assert hearth.member("ann").fields == {"CHURN": "", "SPEND": 120}
        hearth.sync(publication, with_settings(hearth, merge_fields={}, properties=()))
        assert hearth.member("ann").fields == {"CHURN": "", "SPEND": ""}


def test_a_property_that_moves_to_another_merge_field_leaves_the_first_one(tmp_path):
    with shop(tmp_path) as hearth:
        hearth.little.kinds["RISK"] = "number"
        publication = hearth.publish(lists={"vip": []})
        hearth.sync(publication)
        hearth.sync(publication, with_settings(hearth, merge_fields={"churn_probability": "RISK"}))
        assert hearth.member("ann").fields == {"CHURN": "", "RISK": 0.7}


class Died(BaseException):
    """The process is gone."""


class Dying(Mailchimp):
    """Dies when the platform has carried out what it was told, before anybody here knows."""

    def send(self, batch: Batch) -> Receipt:
        super().send(batch)
        raise Died


def test_what_was_carried_out_before_a_death_is_asked_for_and_not_told_again(tmp_path):
    with shop(tmp_path) as hearth:
        publication = hearth.publish(lists={"vip": ["ann"]})
        with pytest.raises(Died):
            hearth.sync(publication, Dying(hearth.settings, API_KEY, SimulatedClock()))
        before = len(hearth.server.received)
        assert hearth.sync(publication).recovered == 2
        told = [
            each
            for request in hearth.server.received[before:]
            if request.json
            for each in request.json.get("members", ())
        ]
        assert [each["email_address"] for each in told] == ["ben@example.org", "ann@example.org"]
        assert hearth.tags("ann") == {"segcast_vip", "segcast_at_risk", "Very important"}
