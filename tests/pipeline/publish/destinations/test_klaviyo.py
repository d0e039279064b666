import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from pipeline.errors import BatchRefusedError, DestinationError
from pipeline.publish.destinations.destination import PROFILES, Batch, Kept, Part, Row
from pipeline.publish.destinations.klaviyo.api import CALLS, LONGEST_PAUSE_SECONDS
from pipeline.publish.destinations.klaviyo.klaviyo import Klaviyo
from pipeline.publish.destinations.shared import SHARED
from tests.loopback import (
    Faults,
    Received,
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
from tests.pipeline.publish.destinations.little_klaviyo import KEY, LittleKlaviyo
from tests.specifications import available, klaviyo_rate_limits, needs, valid_against

VIP = Part(Kept.LIST, "vip", "Vip123")

ANN = Row("c1", {"segcast_churn_probability": 0.71, "segcast_vip": True}, "ann@example.org")
BOB = Row("c2", {"segcast_churn_probability": 0.05, "segcast_vip": False}, "bob@example.org")
CAT = Row("c3", {"segcast_cluster": "regulars"}, "cat@example.org")


class Talk:
    """A Klaviyo of ours that talks to a little one; every request is held against the specification in the end."""

    def __init__(self, platform: LittleKlaviyo, server: Server, clock: SimulatedClock) -> None:
        self.platform, self.server, self.clock = platform, server, clock
        self.klaviyo = Klaviyo("klaviyo", KEY, server.url, clock)

    def tell(self, *rows: Row, part: Part = PROFILES):
        return self.klaviyo.send(Batch("b1", part, rows))

    def recover(self, *rows: Row, part: Part = PROFILES):
        return self.klaviyo.recover(Batch("b1", part, rows))

    def requests(self, method: str) -> list[Received]:
        return [request for request in self.server.received if request.method == method]

    def last_import(self) -> list[dict]:
        imports = [each for each in self.requests("POST") if each.path == "/api/profile-bulk-import-jobs"]
        return imports[-1].json["data"]["attributes"]["profiles"]["data"]


def as_specified(received: Sequence[Received]) -> None:
    for request in received if available("klaviyo") else ():
        valid_against("klaviyo", request)
    assert not [each.path for each in received if "subscription" in each.path or "suppression" in each.path]
    assert not [each.query for each in received if "%40" in each.query or "@" in each.query]


class DyingClock(SimulatedClock):
    """Time stops with the process that would have waited."""

    def sleep(self, seconds: float) -> None:
        raise InterruptedError(seconds)


def most_within(seconds: float, received: Sequence[Received]) -> dict[tuple[str, str], int]:
    """The largest number of requests in any such stretch of time, by method and path without ids."""
    times = defaultdict(list)
    for request in received:
        times[request.method, re.sub(r"(?<=jobs/)[^/]+|(?<=lists/)[^/]+", "{}", request.path)].append(request.at)
    return {
        call: max(number + 1 - bisect_left(at, moment - seconds + 1e-6) for number, moment in enumerate(at))
        for call, at in times.items()
    }


@pytest.fixture
def talk() -> Iterator[Talk]:
    clock, platform = SimulatedClock(), LittleKlaviyo(lists={"Vip123": []})
    with serving(platform, clock) as server:
        yield Talk(platform, server, clock)
        as_specified(server.received)


def test_profiles_are_made_and_their_ids_learned(talk):
    receipt = talk.tell(ANN, BOB)
    assert receipt.rejected == {}
    assert [talk.platform.profiles[receipt.remote_ids[each]]["email"] for each in ("c1", "c2")] == [
        "ann@example.org",
        "bob@example.org",
    ]
    assert talk.platform.of("c1") == {"segcast_churn_probability": 0.71, "segcast_vip": True}
    assert talk.platform.of("c2") == {"segcast_churn_probability": 0.05, "segcast_vip": False}


def test_a_profile_that_the_shop_has_already_is_found_by_its_address_and_keeps_what_is_not_ours(talk):
    held = talk.platform.add(None, "ann@example.org", birthday="3 May")
    assert talk.tell(ANN).remote_ids == {"c1": held}
    assert talk.platform.profiles[held]["properties"] == {"birthday": "3 May", **ANN.values}


def test_a_profile_that_keeps_the_customer_id_of_another_system_is_learned_by_its_address(talk):
    talk.platform.renames = False
    held = talk.platform.add("shop-77", "ann@example.org")
    assert talk.tell(ANN, BOB).remote_ids["c1"] == held
    assert talk.platform.of("shop-77") == ANN.values


def test_whoever_is_known_by_id_keeps_the_address_that_klaviyo_has(talk):
    ids = talk.tell(ANN).remote_ids
    talk.tell(Row("c1", {"segcast_vip": False}, "new@example.org", ids["c1"]))
    assert "email" not in talk.last_import()[0]["attributes"]
    assert talk.platform.profiles[ids["c1"]]["email"] == "ann@example.org"
    assert talk.platform.of("c1")["segcast_vip"] is False


def test_whoever_has_no_address_is_told_by_customer_id(talk):
    talk.tell(replace(ANN, address=None))
    assert talk.last_import()[0]["attributes"].keys() == {"external_id", "properties"}
    assert talk.platform.of("c1") == ANN.values


@pytest.mark.parametrize("unsets", [True, False])
def test_a_property_that_becomes_null_is_gone_even_where_an_import_passes_over_it(talk, unsets):
    ids = talk.tell(ANN).remote_ids
    talk.platform.unsets = unsets
    receipt = talk.tell(Row("c1", {"segcast_churn_probability": None}, ANN.address, ids["c1"]))
    assert receipt.rejected == {}
    assert talk.platform.of("c1") == {"segcast_vip": True}
    assert len(talk.requests("PATCH")) == (0 if unsets else 1)


def test_a_withdrawal_needs_no_address(talk):
    ids = talk.tell(ANN).remote_ids
    leaving = Row("c1", {"segcast_churn_probability": None, "segcast_vip": False}, None, ids["c1"], is_withdrawal=True)
    assert talk.tell(leaving).rejected == {}
    assert talk.platform.of("c1") == {"segcast_vip": False}


def test_a_withdrawal_finds_the_profile_by_customer_id_where_its_id_is_not_known(talk):
    talk.tell(ANN)
    assert talk.tell(Row("c1", {"segcast_vip": None}, is_withdrawal=True)).rejected == {}
    assert talk.platform.of("c1") == {"segcast_churn_probability": 0.71}


@pytest.mark.parametrize("remote_id", [None, "P99"])
def test_a_withdrawal_makes_no_profile_of_somebody_klaviyo_does_not_know(talk, remote_id):
    receipt = talk.tell(Row("c1", {"segcast_vip": False}, remote_id=remote_id, is_withdrawal=True))
    assert receipt.rejected == {}
    assert talk.platform.profiles == {}
    assert talk.requests("POST") == []


def test_a_rejected_profile_is_told_with_a_reason_without_its_address_and_the_others_go(talk):
    receipt = talk.tell(ANN, replace(BOB, address="bob.example.org"))
    assert receipt.rejected == {"c2": "… is not an address (invalid)"}
    assert receipt.remote_ids.keys() == {"c1"}
    assert talk.platform.of("c1") == ANN.values


def test_a_customer_id_of_one_profile_and_an_address_of_another_are_told_apart(talk):
    talk.platform.add("c1", "old@example.org")
    talk.platform.add("c9", "ann@example.org")
    assert talk.tell(ANN).rejected == {
        "c1": "one profile has this customer id and another one this address (duplicate_profile)"
    }


def test_errors_are_read_to_the_last_page(talk):
    bad = [Row(f"c{number}", {"segcast_vip": True}, f"{number}.example.org") for number in range(250)]
    receipt = talk.tell(*bad, replace(ANN, customer_id="ann"))
    assert set(receipt.rejected) == {row.customer_id for row in bad}
    assert len([request for request in talk.server.received if request.path.endswith("/import-errors")]) == 3
    assert {request.path for request in talk.server.received} <= {
        "/api/profile-bulk-import-jobs",
        *(
            f"/api/profile-bulk-import-jobs/{job}{rest}"
            for job in talk.platform.jobs
            for rest in ("", "/import-errors")
        ),
        "/api/profiles",
    }


def test_errors_that_do_not_say_whose_they_are_are_found_out_by_asking(talk):
    talk.platform.repeats = False
    receipt = talk.tell(ANN, replace(BOB, address="bob.example.org"), CAT)
    assert receipt.rejected == {"c2": "… is not an address (invalid)"}


def test_a_cancelled_import_leaves_refused_rows(talk):
    talk.platform.ends_as = "cancelled"
    assert talk.tell(ANN).rejected == {"c1": "Klaviyo cancelled the import"}


def test_two_customers_with_one_address_are_not_mixed(talk):
    receipt = talk.tell(ANN, replace(BOB, address="Ann@example.org"))
    assert receipt.rejected == {"c2": SHARED}
    assert talk.platform.of("c1") == ANN.values


def test_a_profile_larger_than_klaviyo_takes_is_refused_alone(talk):
    large = replace(BOB, values={"segcast_note": "x" * 100_000})
    receipt = talk.tell(ANN, large)
    assert "100 KB" in receipt.rejected["c2"]
    assert talk.platform.of("c1") == ANN.values


def test_a_profile_that_was_deleted_or_merged_is_told_again_by_customer_id_and_address(talk):
    first = talk.tell(ANN, BOB).remote_ids
    talk.platform.remove(first["c1"])
    again = talk.tell(*(replace(row, remote_id=first[row.customer_id]) for row in (ANN, BOB)))
    assert again.rejected == {}
    assert again.remote_ids.keys() == {"c1"}
    assert again.remote_ids["c1"] != first["c1"]
    assert talk.platform.of("c1") == ANN.values


def test_an_import_that_is_refused_as_a_whole_can_be_tried_in_halves():
    with serving(lambda _: Reply(400, {"errors": [{"code": "invalid", "detail": ANN.address}]})) as server:
        klaviyo = Klaviyo("klaviyo", KEY, server.url, SimulatedClock())
        with pytest.raises(BatchRefusedError, match=r"refused an import of profiles: status 400 \(invalid\)"):
            klaviyo.send(Batch("b1", PROFILES, (ANN, BOB)))


def test_a_job_is_asked_after_with_longer_and_longer_pauses(talk):
    talk.platform.looks = 9
    talk.tell(ANN)
    assert talk.clock.slept[:8] == [1, 2, 4, 8, 16, 30, 30, 30]
    assert max(talk.clock.slept) == LONGEST_PAUSE_SECONDS


def test_a_job_that_never_ends_stops_the_destination_with_a_sentence(talk):
    talk.platform.looks = 10_000
    with pytest.raises(DestinationError, match=r"within 2 hours, but the job J0 is still under way"):
        talk.tell(ANN)
    as_specified(talk.server.received[:3])
    del talk.server.received[:]


def test_profiles_are_cut_by_number_and_by_size():
    klaviyo = Klaviyo("klaviyo", KEY)
    small = [Row(f"c{number}", {"segcast_vip": True}) for number in range(25_001)]
    assert [len(some) for some in klaviyo.batches(PROFILES, small)] == [10_000, 10_000, 5001]
    large = [Row(f"c{number}", {"segcast_note": "x" * 9000}) for number in range(1200)]
    cut = list(klaviyo.batches(PROFILES, large))
    assert [row for some in cut for row in some] == large
    assert len(cut) == 3
    assert list(klaviyo.batches(PROFILES, [])) == []


def test_members_of_a_list_are_cut_by_thousands():
    rows = [Row(f"c{number}", {"member": True}) for number in range(2500)]
    assert [len(some) for some in Klaviyo("klaviyo", KEY).batches(VIP, rows)] == [1000, 1000, 500]


def test_members_join_and_leave_a_list(talk):
    ids = talk.tell(ANN, BOB, CAT).remote_ids
    talk.tell(*(Row(each, {"member": True}, remote_id=ids[each]) for each in ("c1", "c2")), part=VIP)
    assert talk.platform.lists["Vip123"] == [ids["c1"], ids["c2"]]
    changes = (Row("c1", {"member": False}, remote_id=ids["c1"]), Row("c3", {"member": True}, remote_id=ids["c3"]))
    assert talk.tell(*changes, part=VIP).rejected == {}
    assert talk.platform.lists["Vip123"] == [ids["c2"], ids["c3"]]


def test_members_whose_id_is_not_known_are_found_by_customer_id(talk):
    ids = talk.tell(ANN).remote_ids
    receipt = talk.tell(
        Row("c1", {"member": True}), Row("c2", {"member": True}), Row("c3", {"member": False}), part=VIP
    )
    assert receipt.rejected == {"c2": "Klaviyo has no profile of this customer"}
    assert receipt.remote_ids == ids
    assert talk.platform.lists["Vip123"] == [ids["c1"]]


def test_a_member_whose_profile_is_gone_keeps_nobody_else_off_the_list(talk):
    ids = talk.tell(ANN, BOB, CAT).remote_ids
    talk.platform.remove(ids["c1"])
    talk.platform.remove(ids["c2"])
    new = talk.tell(BOB).remote_ids["c2"]
    receipt = talk.tell(*(Row(each, {"member": True}, remote_id=ids[each]) for each in ids), part=VIP)
    assert receipt.rejected == {"c1": "Klaviyo has no profile of this customer"}
    assert receipt.remote_ids == {"c2": new, "c3": ids["c3"]}
    assert set(talk.platform.lists["Vip123"]) == {new, ids["c3"]}


def test_a_list_that_klaviyo_does_not_have_is_named(talk):
    ids = talk.tell(ANN).remote_ids
    with pytest.raises(DestinationError, match="a list with the id Nope for vip, but got status 404") as told:
        talk.tell(Row("c1", {"member": True}, remote_id=ids["c1"]), part=replace(VIP, remote="Nope"))
    assert not isinstance(told.value, BatchRefusedError)


def test_nobody_has_to_leave_a_list_that_klaviyo_does_not_have(talk):
    ids = talk.tell(ANN).remote_ids
    leaving = Row("c1", {"member": False}, remote_id=ids["c1"])
    assert talk.tell(leaving, part=replace(VIP, remote="Nope")).rejected == {}


def test_after_a_crash_the_import_is_awaited_and_nothing_is_imported_again(talk):
    with pytest.raises(InterruptedError):
        Klaviyo("klaviyo", KEY, talk.server.url, DyingClock()).send(Batch("b1", PROFILES, (ANN, BOB)))
    assert [job.status for job in talk.platform.jobs.values()] == ["processing"]
    receipt = talk.recover(ANN, BOB)
    assert receipt.rejected == {}
    assert receipt.remote_ids.keys() == {"c1", "c2"}
    assert talk.platform.of("c1") == ANN.values
    assert talk.platform.imported_rows == 2


def test_what_klaviyo_does_not_hold_goes_again(talk):
    ids = talk.tell(ANN, BOB).remote_ids
    changed = replace(ANN, values={"segcast_vip": False}, remote_id=ids["c1"])
    receipt = talk.recover(changed, replace(BOB, remote_id=ids["c2"]), CAT)
    assert receipt.rejected.keys() == {"c1", "c3"}
    assert receipt.remote_ids == ids


def test_a_withdrawal_is_recovered_where_nothing_is_held_any_more(talk):
    ids = talk.tell(ANN).remote_ids
    held = Row("c1", {"segcast_vip": None}, remote_id=ids["c1"], is_withdrawal=True)
    gone = Row("c2", {"segcast_vip": None}, remote_id="P99", is_withdrawal=True)
    assert talk.recover(held, gone).rejected.keys() == {"c1"}


def test_a_list_is_recovered_by_reading_who_is_on_it(talk):
    rows = [Row(f"c{number}", {"segcast_vip": True}, f"{number}@example.org") for number in range(150)]
    ids = talk.tell(*rows).remote_ids
    members = [Row(each, {"member": True}, remote_id=ids[each]) for each in ids]
    talk.tell(*members[:120], part=VIP)
    leaving = replace(members[0], values={"member": False})
    receipt = talk.recover(leaving, *members[1:], part=VIP)
    assert receipt.rejected.keys() == {"c0", *(f"c{number}" for number in range(120, 150))}


def test_nobody_is_on_a_list_that_klaviyo_does_not_have(talk):
    ids = talk.tell(ANN, BOB).remote_ids
    members = (Row("c1", {"member": True}, remote_id=ids["c1"]), Row("c2", {"member": False}, remote_id=ids["c2"]))
    assert talk.recover(*members, part=replace(VIP, remote="Nope")).rejected.keys() == {"c1"}


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    "fault", [too_many(7), failing(500), failing(503), half_closed(), malformed(), hung_up(), slow(0.05, failing())]
)
def test_a_fault_at_any_request_changes_nothing_in_the_end(number, fault):
    clock, platform = SimulatedClock(), LittleKlaviyo(lists={"Vip123": []})
    with serving(Faults(platform, instead={number: fault}), clock) as server:
        talk = Talk(platform, server, clock)
        ids = talk.tell(ANN, BOB).remote_ids
        talk.tell(*(Row(each, {"member": True}, remote_id=ids[each]) for each in ids), part=VIP)
        as_specified(server.received)
    assert platform.of("c1") == ANN.values
    assert platform.lists["Vip123"] == [ids["c1"], ids["c2"]]
    assert platform.imported_rows == 2


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("fault", [too_many(7), failing(500), half_closed(), malformed(), hung_up()])
def test_an_answer_that_is_lost_changes_nothing_in_the_end(number, fault):
    clock, platform = SimulatedClock(), LittleKlaviyo(lists={"Vip123": []})
    with serving(Faults(platform, after={number: fault}), clock) as server:
        talk = Talk(platform, server, clock)
        ids = talk.tell(ANN, BOB).remote_ids
        talk.tell(*(Row(each, {"member": True}, remote_id=ids[each]) for each in ids), part=VIP)
        as_specified(server.received)
    assert {platform.profiles[ids[each]]["external_id"] for each in ids} == {"c1", "c2"}
    assert platform.of("c1") == ANN.values
    assert platform.lists["Vip123"] == [ids["c1"], ids["c2"]]


@pytest.mark.parametrize(
    "answer", [{}, [], "text", {"data": 1}, {"data": {"attributes": {}}}, {"data": {"id": 7, "attributes": "x"}}]
)
def test_an_answer_of_another_form_is_one_sentence(answer):
    with serving(lambda _: Reply(json=answer)) as server:
        klaviyo = Klaviyo("klaviyo", KEY, server.url, SimulatedClock())
        with pytest.raises(DestinationError, match=r"Expected klaviyo to answer POST /api/profile-bulk-import-jobs as"):
            klaviyo.send(Batch("b1", PROFILES, (ANN,)))


def test_a_wrong_key_is_one_sentence_without_the_key(talk):
    with pytest.raises(DestinationError, match="Expected klaviyo to accept the key") as told:
        Klaviyo("klaviyo", "pk_wrong", talk.server.url, talk.clock).send(Batch("b1", PROFILES, (ANN,)))
    assert "pk_wrong" not in str(told.value)


def test_no_call_subscribes_or_lifts_a_suppression():
    assert not [call.path for call in CALLS if "subscription" in call.path or "suppression" in call.path]


@needs("klaviyo")
def test_every_call_is_less_often_than_the_specification_allows():
    allowed = klaviyo_rate_limits()
    for call in CALLS:
        a_second, a_minute = allowed[call.method, re.sub(r"{\w+}", "{}", call.path)]
        assert (call.per_second < a_second, call.per_minute < a_minute) == (True, True), call


def test_a_hundred_thousand_changed_profiles_keep_to_the_limits():
    clock, platform = SimulatedClock(), LittleKlaviyo(lists={"Vip123": []}, looks=1)
    rows = [Row(f"c{number}", {"segcast_vip": True}, f"{number}@example.org") for number in range(100_000)]
    ids: dict[str, str] = {}
    with serving(platform, clock) as server:
        talk = Talk(platform, server, clock)
        for some in talk.klaviyo.batches(PROFILES, rows):
            ids |= talk.tell(*some).remote_ids
        members = [Row(each, {"member": True}, remote_id=remote_id) for each, remote_id in ids.items()]
        for some in (*talk.klaviyo.batches(VIP, members), *talk.klaviyo.batches(VIP, members)):
            talk.tell(*some, part=VIP)
    assert platform.imported_rows == len(platform.profiles) == len(platform.lists["Vip123"]) == 100_000
    a_second, a_minute = most_within(1.0, server.received), most_within(60.0, server.received)
    reading = ("GET", "/api/profiles")
    assert a_second.pop(reading) <= 75
    assert a_minute.pop(reading) <= 750
    assert max(a_second.values()) <= 10
    assert max(a_minute.values()) <= 150
    small = [request for request in server.received if len(request.body) < 100_000]
    as_specified([server.received[0], *small[:200]])
