"""What the outbox keeps, and how it says that it cannot."""

import resource
import signal
import sqlite3
from datetime import UTC, datetime

import pytest

from pipeline.errors import DestinationError
from pipeline.publish.destinations.destination import MEMBER, PROFILES, Batch, Kept, Part, Receipt, Row
from pipeline.publish.destinations.outbox.outbox import OUTBOX, Held, reading_outbox, writing_outbox
from pipeline.publish.destinations.telling.entries import differing, taken_back

AT = datetime(2026, 3, 1, 6, tzinfo=UTC)
VIPS = Part(Kept.LIST, "vip", "L1")
ANNE = "anne-of-green-gables"
NAMES = ("at_risk", "spend")


def tell(outbox, rows, part=PROFILES, receipt=None, batch_id="b1", destination="crm"):
    batch = Batch(batch_id, part, tuple(rows))
    outbox.note(destination, batch, AT)
    outbox.confirm(destination, batch, receipt or Receipt(), NAMES if part is PROFILES else (), AT)


def held(outbox, part=PROFILES, destination="crm"):
    entries = outbox.entries(destination, part, "", None)
    return {one: entries.values(place) for place, one in enumerate(entries.customer_ids)}


def test_what_was_confirmed_is_held_and_changes_add_to_it(tmp_path):
    with writing_outbox(tmp_path) as outbox:
        tell(outbox, [Row("ann", {"at_risk": True, "spend": 12}), Row("ben", {"spend": 3})])
        tell(outbox, [Row("ann", {"spend": None})], batch_id="b2")
    with reading_outbox(tmp_path) as outbox:
        assert held(outbox) == {"ann": {"at_risk": True}, "ben": {"spend": 3}}
        assert outbox.entries("crm", PROFILES, "", None).texts == ("[true,null]", "[null,3]")
        assert outbox.entries("crm", PROFILES, "ann", "ben").customer_ids == ("ben",)
        assert outbox.entries("crm", PROFILES, "", "ann").customer_ids == ("ann",)


def test_ids_are_in_the_order_of_their_signs_as_everywhere(tmp_path):
    ids = ["Z", "a", "z", "ä", "日本", "😀"]
    with writing_outbox(tmp_path) as outbox:
        tell(outbox, [Row(one, {"spend": 1}) for one in reversed(ids)])
        assert list(outbox.entries("crm", PROFILES, "", None).customer_ids) == ids


def test_who_is_taken_back_or_off_the_list_is_held_no_more(tmp_path):
    with writing_outbox(tmp_path) as outbox:
        tell(outbox, [Row("ann", {"spend": 1}), Row("ben", {"spend": 1})], receipt=Receipt(remote_ids={"ann": "7"}))
        tell(outbox, [Row("ann", {MEMBER: True}), Row("ben", {MEMBER: True})], VIPS)
        tell(outbox, [Row("ann", {MEMBER: False})], VIPS)
        tell(outbox, [Row("ben", {"spend": None}, is_withdrawal=True)])
        assert (set(held(outbox)), set(held(outbox, VIPS))) == ({"ann"}, {"ben"})
        assert [(str(one.part), one.customers) for one in outbox.held()] == [("profile", 1), ("list vip", 1)]
        tell(outbox, [Row("ann", {"spend": None}, is_withdrawal=True)])
        outbox.tidy("crm")
        assert outbox.remote_ids("crm", ["ann"]) == {}


def test_a_property_that_happens_to_be_called_member_is_no_list(tmp_path):
    with writing_outbox(tmp_path) as outbox:
        tell(outbox, [Row("ann", {MEMBER: False})])
        assert held(outbox) == {"ann": {MEMBER: False}}


def test_a_batch_is_under_way_from_its_note_to_its_receipt(tmp_path):
    rows = (Row("ann", {"spend": 1}, address="ann@example.org", remote_id="7"), Row("ben", {}, is_withdrawal=True))
    with writing_outbox(tmp_path) as outbox:
        outbox.note("crm", Batch("b1", PROFILES, rows), AT)
    with writing_outbox(tmp_path) as outbox:
        assert outbox.under_way() == {"crm": 2}
        assert outbox.held_of(["ben"]) == ("crm",)
        (noted,) = outbox.noted("crm")
        assert noted == Batch("b1", PROFILES, (Row("ann", {"spend": 1}), Row("ben", {}, is_withdrawal=True)))
        assert outbox.noted("shop") == ()
        outbox.confirm("crm", noted, Receipt({"ben": "not there"}), NAMES, AT)
        assert (outbox.under_way(), set(held(outbox))) == ({}, {"ann"})


def test_a_note_of_what_never_arrived_can_be_taken_back(tmp_path):
    with writing_outbox(tmp_path) as outbox:
        batch = Batch("b1", VIPS, (Row("ann", {MEMBER: True}),))
        outbox.note("crm", batch, AT)
        outbox.drop(batch)
        assert (outbox.under_way(), outbox.noted("crm"), outbox.held()) == ({}, (), ())


def test_what_a_recovery_does_not_find_is_no_refusal(tmp_path):
    with writing_outbox(tmp_path) as outbox:
        batch = Batch("b1", PROFILES, (Row("ann", {"spend": 1}),))
        outbox.note("crm", batch, AT)
        outbox.confirm("crm", batch, Receipt({"ann": "not there"}), NAMES, AT, refused=False)
        assert (list(outbox.refused()), held(outbox)) == ([], {"ann": {"spend": []}})


def test_what_is_in_doubt_is_equal_to_nothing_and_a_truth_still_becomes_false(tmp_path):
    wanted = {"at_risk": True, "spend": 1, "vip": False}
    with writing_outbox(tmp_path) as outbox:
        tell(outbox, [Row("ann", wanted)])
        batch = Batch("b2", PROFILES, (Row("ann", {"at_risk": None, "spend": 2}),))
        outbox.note("crm", batch, AT)
        outbox.confirm("crm", batch, Receipt({"ann": "not there"}), NAMES, AT, refused=False)
        doubtful = held(outbox)["ann"]
    assert differing(wanted, doubtful, frozenset()) == {"at_risk": True, "spend": 1}
    assert differing({"vip": False}, doubtful, frozenset()) == {"at_risk": None, "spend": None}
    assert taken_back(PROFILES, doubtful) == {"at_risk": False, "spend": None}


def test_a_list_keeps_whom_it_holds_under_another_name(tmp_path):
    renamed = Part(Kept.LIST, "vips", "L1")
    with writing_outbox(tmp_path) as outbox:
        tell(outbox, [Row("ann", {MEMBER: True})], VIPS)
        tell(outbox, [Row("ben", {MEMBER: True})], renamed, batch_id="b2")
        assert outbox.held() == (Held("crm", renamed, 2),)
        outbox.keep_refused("crm", VIPS, frozenset())
        assert outbox.parts("crm") == (VIPS,)


def test_a_long_reason_is_cut(tmp_path):
    with writing_outbox(tmp_path) as outbox:
        tell(outbox, [Row("ann", {"spend": 1})], receipt=Receipt({"ann": "x" * 5_000}))
        (row,) = outbox.refused("crm")
        assert len(row.reason) == 300


def test_forgetting_drops_what_is_not_needed_to_take_back(tmp_path):
    with writing_outbox(tmp_path) as outbox:
        tell(outbox, [Row("ann", {"spend": 1})], receipt=Receipt(remote_ids={"ann": "7"}))
        tell(outbox, [Row("ann", {"spend": 1})], receipt=Receipt({"ann": "bad"}, {"ann": "8"}), destination="shop")
        assert outbox.forget(["ann", "somebody"]) == ("crm",)
        assert outbox.remote_ids("crm", ["ann"]) == {"ann": "7"}
        assert outbox.remote_ids("shop", ["ann"]) == {}
        assert list(outbox.refused()) == []
        assert outbox.held_of(["ann"]) == ("crm",)


def test_nothing_of_who_was_taken_back_everywhere_is_left_in_the_file(tmp_path):
    with writing_outbox(tmp_path) as outbox:
        tell(
            outbox, [Row("ann-of-green-gables", {"spend": 1})], receipt=Receipt(remote_ids={"ann-of-green-gables": "7"})
        )
        tell(outbox, [Row("ann-of-green-gables", {"spend": None}, is_withdrawal=True)])
        outbox.tidy("crm")
    left = b"".join(path.read_bytes() for path in tmp_path.glob(f"{OUTBOX}*"))
    assert ANNE.encode() not in left


def test_reading_makes_no_file_and_changes_none(tmp_path):
    with reading_outbox(tmp_path) as outbox:
        assert (outbox.held(), outbox.under_way(), outbox.last_told("crm")) == ((), {}, None)
    assert list(tmp_path.iterdir()) == []
    with writing_outbox(tmp_path):
        pass
    refused = pytest.raises(DestinationError, match="readonly")
    with refused, reading_outbox(tmp_path) as outbox:
        outbox.mark_told("crm", "2026-03-01-abc", AT)


@pytest.mark.parametrize("opening", [reading_outbox, writing_outbox])
def test_a_file_that_is_no_database_is_damaged(tmp_path, opening):
    (tmp_path / OUTBOX).write_bytes(b"once upon a time " * 100)
    with (
        pytest.raises(DestinationError, match=r"to be an outbox, but it is damaged .* Put back a copy"),
        opening(tmp_path),
    ):
        pass


@pytest.mark.parametrize("opening", [reading_outbox, writing_outbox])
def test_a_database_of_somebody_else_is_left_alone(tmp_path, opening):
    with sqlite3.connect(tmp_path / OUTBOX) as connection:
        connection.execute("CREATE TABLE runs (name TEXT)")
    connection.close()
    before = (tmp_path / OUTBOX).read_bytes()
    with pytest.raises(DestinationError, match="it is another database"), opening(tmp_path):
        pass
    assert (tmp_path / OUTBOX).read_bytes() == before


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with (
        pytest.raises(DestinationError, match="Check the folder and its permissions"),
        writing_outbox(tmp_path / "file"),
    ):
        pass


def test_a_file_that_somebody_else_does_not_find_says_nothing_of_the_outbox(tmp_path):
    with pytest.raises(FileNotFoundError, match="predictions"), writing_outbox(tmp_path):
        (tmp_path / "predictions.parquet").read_bytes()


def test_a_full_disk_is_one_sentence_and_what_was_confirmed_stands(tmp_path):
    rows = [Row(f"c{number:06}", {"spend": number}) for number in range(3_000)]
    with writing_outbox(tmp_path) as outbox:
        tell(outbox, [Row("ann", {"spend": 1})])
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    full = pytest.raises(DestinationError, match=r"Expected to write .* room")
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, limits[1]))
    try:
        with full, writing_outbox(tmp_path) as outbox:
            tell(outbox, rows)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    with reading_outbox(tmp_path) as outbox:
        assert set(held(outbox)) == {"ann"}
