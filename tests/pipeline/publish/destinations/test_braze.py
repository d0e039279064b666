from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipeline.errors import BatchRefusedError, DestinationError
from pipeline.publish.destinations.braze.attributes import BRAZES_OWN
from pipeline.publish.destinations.braze.braze import Braze
from pipeline.publish.destinations.destination import PROFILES, Batch, Kept, Part, Row
from tests.loopback import (
    Faults,
    Reply,
    Server,
    SimulatedClock,
    failing,
    half_closed,
    hung_up,
    malformed,
    serving,
    slow,
    too_many,
)
from tests.pipeline.publish.destinations.little_braze import KEY, LittleBraze

VIP = Part(Kept.LIST, "vip", "may_contact_vip")

ANN = Row("c1", {"segcast_churn_probability": 0.71, "segcast_vip": True}, "ann@example.org")
BOB = Row("c2", {"segcast_expected_next_order_at": "2026-08-03", "segcast_vip": False}, "bob@example.org")


class Talk:
    """A Braze of ours that talks to a little one."""

    def __init__(self, platform: LittleBraze, server: Server) -> None:
        self.platform, self.server = platform, server
        self.braze = Braze("braze", KEY, server.url, SimulatedClock(), bulk=True)

    def tell(self, *rows: Row, part: Part = PROFILES):
        return self.braze.send(Batch("b1", part, rows))

    def recover(self, *rows: Row, part: Part = PROFILES):
        return self.braze.recover(Batch("b1", part, rows))


@pytest.fixture
def talk() -> Iterator[Talk]:
    platform = LittleBraze()
    with serving(platform) as server:
        yield Talk(platform, server)
        for request in server.received:
            assert b"@" not in request.body
            told = request.json.get("attributes", [])
            assert not [each for each in told if BRAZES_OWN & each.keys() - {"external_id", "_update_existing_only"}]


def test_attributes_are_told_by_customer_id_and_no_address_goes(talk):
    receipt = talk.tell(ANN, BOB)
    assert (receipt.rejected, receipt.remote_ids) == ({}, {})
    assert talk.platform.users == {"c1": ANN.values, "c2": BOB.values}
    assert talk.server.received[0].path == "/users/track"


def test_null_takes_an_attribute_away_and_leaves_others(talk):
    talk.platform.users["c1"] = {"birthday": "3 May", **ANN.values}
    talk.tell(replace(ANN, values={"segcast_churn_probability": None, "segcast_vip": False}))
    assert talk.platform.users["c1"] == {"birthday": "3 May", "segcast_vip": False}


def test_a_withdrawal_makes_nobody_known_whom_braze_does_not_know(talk):
    talk.tell(BOB)
    leaving = [Row(each, {"segcast_vip": None}, is_withdrawal=True) for each in ("c1", "c2")]
    assert talk.tell(*leaving).rejected == {}
    assert talk.platform.users == {"c2": {"segcast_expected_next_order_at": "2026-08-03"}}


def test_a_list_is_an_attribute_that_is_true_then_false_then_gone(talk):
    talk.tell(Row("c1", {"member": True}), Row("c2", {"member": True}), part=VIP)
    talk.tell(Row("c1", {"member": False}), Row("c2", {"member": False}, is_withdrawal=True), part=VIP)
    assert talk.platform.users == {"c1": {"may_contact_vip": False}, "c2": {}}


def test_whoever_leaves_a_list_is_not_made_known(talk):
    talk.tell(Row("c1", {"member": False}), part=VIP)
    assert talk.platform.users == {}


def test_a_rejected_row_is_told_with_a_reason_without_an_address_and_the_others_go(talk):
    talk.platform.rejects = {"c1"}
    assert talk.tell(ANN, BOB).rejected == {"c1": "… is not a valid value"}
    assert talk.platform.users == {"c2": BOB.values}


def test_errors_that_do_not_say_whose_they_are_are_found_out_in_halves(talk):
    talk.platform.rejects, talk.platform.tells_index = {"c1"}, False
    with pytest.raises(BatchRefusedError, match="braze left out some of a batch"):
        talk.tell(ANN, BOB)


def test_a_batch_that_is_refused_as_a_whole_can_be_tried_in_halves(talk):
    with pytest.raises(BatchRefusedError, match=r"status 400 \(Too many attributes of …\)"):
        talk.tell(*(replace(ANN, customer_id=f"c{number}") for number in range(1001)))


def test_what_is_queued_counts_as_told():
    with serving(lambda _: Reply(202, {"message": "queued"})) as server:
        assert Braze("braze", KEY, server.url).send(Batch("b1", PROFILES, (ANN,))).rejected == {}


def test_a_long_text_is_cut_to_what_braze_keeps(talk):
    talk.tell(Row("c1", {"segcast_note": "x" * 300}))
    assert talk.platform.users["c1"]["segcast_note"] == "x" * 254 + "…"
    assert talk.recover(Row("c1", {"segcast_note": "x" * 300})).rejected == {}


@pytest.mark.parametrize("name", ["email", "email_subscribe", "push_subscribe", "external_id", "a.b", "$google_ad_id"])
def test_no_name_of_brazes_own_is_ever_told(talk, name):
    with pytest.raises(DestinationError, match=r"Expected names for braze that are free at Braze, got"):
        talk.tell(ANN, Row("c9", {name: True}))
    with pytest.raises(DestinationError, match="give the list another attribute"):
        talk.tell(Row("c9", {"member": True}), part=replace(VIP, remote=name))
    assert talk.server.received == []


def test_few_changes_go_75_at_a_time_and_many_by_thousands_where_the_account_may():
    rows = [Row(f"c{number}", {"segcast_vip": True}) for number in range(2100)]
    bulk, plain = Braze("braze", KEY, "http://127.0.0.1:9", bulk=True), Braze("braze", KEY, "http://127.0.0.1:9")
    assert [len(some) for some in bulk.batches(PROFILES, rows)] == [1000, 1000, 100]
    assert [len(some) for some in bulk.batches(PROFILES, rows[:200])] == [75, 75, 50]
    assert {len(some) for some in plain.batches(PROFILES, rows)} == {75}
    assert [row for some in plain.batches(PROFILES, rows) for row in some] == rows
    assert list(bulk.batches(PROFILES, [])) == []


def test_large_rows_are_cut_by_size(talk):
    rows = [Row(f"c{number}", {f"segcast_{name}": "x" * 250 for name in range(20)}) for number in range(1000)]
    cut = list(talk.braze.batches(PROFILES, rows))
    assert len(cut) > 2
    assert all(talk.tell(*some).rejected == {} for some in cut)
    assert len(talk.platform.users) == 1000


@pytest.mark.parametrize("as_moments", [False, True])
def test_after_a_lost_answer_braze_is_asked_what_it_holds(talk, as_moments):
    talk.platform.as_moments = as_moments
    talk.tell(ANN, BOB)
    changed = replace(ANN, values={"segcast_churn_probability": 0.7, "segcast_vip": True})
    assert talk.recover(ANN, BOB).rejected == {}
    assert talk.recover(changed, BOB, replace(BOB, customer_id="c3")).rejected == {
        "c1": "Braze did not hold it after the connection was lost",
        "c3": "Braze did not hold it after the connection was lost",
    }
    assert talk.platform.tracked == 2


def test_a_withdrawal_and_a_list_are_recovered_the_same_way(talk):
    talk.tell(ANN)
    taken = [Row(each, {"segcast_vip": None}, is_withdrawal=True) for each in ("c1", "c2")]
    assert talk.recover(*taken).rejected.keys() == {"c1"}
    members = Row("c1", {"member": True}), Row("c2", {"member": False})
    assert talk.recover(*members, part=VIP).rejected.keys() == {"c1"}


def test_more_than_fifty_are_asked_after_fifty_at_a_time(talk):
    rows = [Row(f"c{number}", {"segcast_vip": True}) for number in range(120)]
    talk.tell(*rows)
    del talk.server.received[:]
    assert talk.recover(*rows).rejected == {}
    assert len(talk.server.received) == 3


@pytest.mark.parametrize(
    "fault", [too_many(7), too_many(), failing(500), half_closed(), malformed(), hung_up(), slow(0.05, failing(503))]
)
def test_a_fault_changes_nothing_in_the_end(fault):
    platform = LittleBraze()
    with serving(Faults(platform, instead={1: fault}, after={3: fault})) as server:
        talk = Talk(platform, server)
        assert talk.tell(ANN).rejected == {}
        assert talk.tell(BOB).rejected == {}
    assert platform.users == {"c1": ANN.values, "c2": BOB.values}


@pytest.mark.parametrize("answer", [{}, [], "text", {"message": 1}, {"message": "success", "errors": "x"}])
def test_an_answer_of_another_form_is_one_sentence(answer):
    with serving(lambda _: Reply(json=answer)) as server:
        braze = Braze("braze", KEY, server.url)
        with pytest.raises(DestinationError, match="Expected braze to answer POST /users/track as Braze does"):
            braze.send(Batch("b1", PROFILES, (ANN,)))


@pytest.mark.parametrize("answer", [{}, [], {"users": 1}, {"users": ["x"]}])
def test_an_export_of_another_form_is_one_sentence(answer):
    with serving(lambda _: Reply(json=answer)) as server:
        braze = Braze("braze", KEY, server.url)
        with pytest.raises(DestinationError, match="Expected braze to answer POST /users/export/ids as Braze does"):
            braze.recover(Batch("b1", PROFILES, (ANN,)))


def test_another_address_than_brazes_is_one_sentence(talk):
    braze = Braze("braze", KEY, f"{talk.server.url}/elsewhere")
    with pytest.raises(DestinationError, match=r"status 404\. Check the destination's url"):
        braze.send(Batch("b1", PROFILES, (ANN,)))


def test_a_wrong_key_is_one_sentence_without_the_key(talk):
    with pytest.raises(DestinationError, match="Expected braze to accept the key") as told:
        Braze("braze", "wrong-key", talk.server.url).send(Batch("b1", PROFILES, (ANN,)))
    assert "wrong-key" not in str(told.value)


@pytest.mark.parametrize(("bulk", "path", "a_second"), [(False, "/users/track", 833), (True, "/users/track/bulk", 50)])
def test_a_hundred_thousand_changed_users_keep_to_the_limits(bulk, path, a_second):
    clock, platform = SimulatedClock(), LittleBraze()
    rows = [Row(f"c{number}", {"segcast_vip": True}) for number in range(100_000)]
    with serving(platform, clock) as server:
        braze = Braze("braze", KEY, server.url, clock, bulk=bulk)
        for some in braze.batches(PROFILES, rows):
            braze.send(Batch("b1", PROFILES, some))
    assert len(platform.users) == platform.tracked == 100_000
    at = [request.at for request in server.received if request.path == path]
    assert len(at) >= 100
    assert max(place + 1 - bisect_left(at, moment - 1 + 1e-6) for place, moment in enumerate(at)) <= a_second
