from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow.compute as pc

from pipeline.publish.edition import Edition
from pipeline.publish.publication import latest, publish
from pipeline.publish.withdraw import withdraw
from pipeline.segments.membership import Memberships
from pipeline.segments.profiles import Profiles


def without(edition: Edition, customer: str) -> Edition:
    """The edition as of an hour before, which never knew the customer."""
    others = pc.field("customer_id") != customer
    as_of = edition.as_of - timedelta(hours=1)
    profiles = Profiles(as_of, edition.profiles.table.filter(others))
    return replace(
        edition,
        as_of=as_of,
        profiles=profiles,
        memberships=Memberships(as_of, edition.memberships.table.filter(others), edition.memberships.left_out),
    )


def test_only_what_names_a_customer_goes_and_latest_names_what_stays(tmp_path: Path, today: Edition) -> None:
    customer = today.profiles.table["customer_id"][0].as_py()
    kept = publish(tmp_path, without(today, customer))
    gone = publish(tmp_path, today)
    assert withdraw(tmp_path, customer) == 1
    assert not gone.path.exists()
    assert latest(tmp_path) == kept
    assert withdraw(tmp_path, customer) == 0


def test_when_nothing_stays_there_is_no_latest(tmp_path: Path, today: Edition) -> None:
    publish(tmp_path, today)
    assert withdraw(tmp_path, today.profiles.table["customer_id"][0].as_py()) == 1
    assert latest(tmp_path) is None


def test_a_shop_that_never_published_has_nothing_to_withdraw(tmp_path: Path) -> None:
    assert withdraw(tmp_path / "published", "c-1") == 0
