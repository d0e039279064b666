"""What a platform holds after a sync, whatever happens on the way: the whole core over real HTTP and a real outbox."""

import json
from datetime import timedelta
from functools import partial

import pytest

from pipeline.errors import DestinationError, SettingsError
from pipeline.publish.destinations.destination import PROFILES, Batch, Receipt, Row
from pipeline.publish.destinations.outbox.outbox import reading_outbox, writing_outbox
from pipeline.publish.destinations.telling.addresses import NO_ADDRESS, NO_CONSENT, SHARED_ADDRESS
from pipeline.publish.destinations.telling.ready import NO_PROFILE
from pipeline.publish.destinations.telling.sync import preview_platform
from pipeline.segments.segment import Segment
from tests.little_platform import NOW, SEGMENTS, LittleDestination, little, live_at, person, says, settings
from tests.loopback import Faults, failing, half_closed, hung_up, malformed

IDS = ("ann", "ben", "cas", "dee", "eve")
PEOPLE = [person("ann", 0.7, 120), person("ben", 0.31, 10.4), person("cas", None, 250), person("dee"), person("eve")]


def counts(told, part="profile"):
    one = next(entry for entry in told.parts if str(entry.part) == part)
    return one.sent, one.withdrawn, one.unchanged


def test_a_first_sync_tells_all_rounded_and_false_to_who_is_in_no_segment(tmp_path):
    with little(tmp_path, IDS) as shop:
        told = shop.sync(shop.publish(PEOPLE))
        assert counts(told) == (5, 0, 0)
        assert shop.platform.profiles["ann"] == {
            "churn_probability": 0.7, "expected_spend": 120, "vip": True, "at_risk": True,
        }  # fmt: skip
        assert shop.platform.profiles["ben"] == {
            "churn_probability": 0.31, "expected_spend": 10, "vip": False, "at_risk": False,
        }  # fmt: skip
        assert "churn_probability" not in shop.platform.profiles["cas"]


def test_the_same_publication_again_tells_nothing(tmp_path):
    with little(tmp_path, IDS) as shop:
        publication = shop.publish(PEOPLE)
        shop.sync(publication)
        before = len(shop.server.received)
        assert counts(shop.sync(publication)) == (0, 0, 5)
        assert len(shop.server.received) == before


def test_a_later_publication_tells_only_the_properties_that_differ(tmp_path):
    with little(tmp_path, IDS) as shop:
        shop.sync(shop.publish(PEOPLE))
        changed = [person("ann", 0.7, 90), person("ben", 0.314, 10.1), *PEOPLE[2:]]
        told = shop.sync(shop.publish(changed, days=1))
        assert counts(told) == (1, 0, 4)
        assert shop.server.received[-1].json["rows"] == [
            {
                "id": "ann",
                "values": {"expected_spend": 90, "vip": False},
                "address": "ann@example.org",
                "remote_id": "no-ann",
                "withdrawal": False,
            }
        ]


def test_what_is_not_predicted_any_more_is_taken_away(tmp_path):
    with little(tmp_path, IDS) as shop:
        shop.sync(shop.publish(PEOPLE))
        shop.sync(shop.publish([person("ann", None, 120), *PEOPLE[1:]], days=1))
        assert shop.platform.profiles["ann"] == {"expected_spend": 120, "vip": True, "at_risk": False}


def test_a_segment_that_is_left_out_keeps_what_it_was(tmp_path):
    with little(tmp_path, IDS) as shop:
        shop.sync(shop.publish(PEOPLE))
        left_out = partial(shop.publish, left_out=["at_risk"])
        told = shop.sync(left_out([*PEOPLE[:4], person("eve", 0.2, 500), person("fay")], days=1))
        assert counts(told) == (1, 0, 4)
        assert shop.platform.profiles["ann"]["at_risk"] is True
        assert shop.platform.profiles["eve"]["at_risk"] is False
        assert counts(shop.sync(left_out([*PEOPLE[:4], person("eve", 0.2, 500)], days=2))) == (0, 0, 5)
        assert counts(shop.sync(shop.publish([person("ann", 0.1, 120), *PEOPLE[1:]], days=3))) == (2, 0, 3)
        assert shop.platform.profiles["ann"]["at_risk"] is False
        assert not shop.platform.twice


def test_who_is_new_is_not_told_of_a_segment_that_is_left_out(tmp_path):
    with little(tmp_path, IDS) as shop:
        shop.sync(shop.publish(PEOPLE, left_out=["at_risk"]))
        assert all("at_risk" not in held for held in shop.platform.profiles.values())
        shop.sync(shop.publish(PEOPLE, days=1))
        assert [held["at_risk"] for held in shop.platform.profiles.values()] == [True, False, False, False, False]


def test_a_segment_that_is_no_more_is_taken_away(tmp_path):
    with little(tmp_path, IDS) as shop:
        shop.sync(shop.publish(PEOPLE))
        shop.sync(shop.publish(PEOPLE, days=1, segments=SEGMENTS[:1]))
        assert all("at_risk" not in held and "vip" in held for held in shop.platform.profiles.values())


def test_a_list_holds_who_is_to_be_contacted(tmp_path):
    with little(tmp_path, IDS, lists={"vip": "L1"}) as shop:
        told = shop.sync(shop.publish(PEOPLE, lists={"vip": ["ann", "cas", "dee"]}, held_out=["dee"]))
        assert counts(told, "list vip") == (2, 0, 0)
        assert shop.platform.lists == {"L1": {"ann", "cas"}}
        told = shop.sync(shop.publish(PEOPLE, days=1, lists={"vip": ["cas", "eve"]}))
        assert counts(told, "list vip") == (1, 1, 1)
        assert shop.platform.lists == {"L1": {"cas", "eve"}}
        assert shop.platform.profiles["ann"]["vip"] is True
        assert not shop.platform.twice


def test_an_audience_that_is_left_out_does_not_empty_its_list_but_who_withdraws_goes(tmp_path):
    with little(tmp_path, IDS, lists={"vip": "L1"}) as shop:
        shop.sync(shop.publish(PEOPLE, lists={"vip": ["ann", "cas"]}))
        says(shop.store, ["cas"], granted=False, days=1)
        told = shop.sync(shop.publish(PEOPLE, days=1, lists={"vip": []}, left_out=["vip"]))
        assert counts(told, "list vip") == (0, 1, 0)
        assert shop.platform.lists == {"L1": {"ann"}}


def test_a_list_that_the_settings_do_not_name_any_more_is_emptied_of_whom_we_put_there(tmp_path):
    with little(tmp_path, IDS, lists={"vip": "L1"}) as shop:
        publication = shop.publish(PEOPLE, lists={"vip": ["ann", "cas"]})
        shop.sync(publication)
        shop.platform.lists["L1"].add("somebody else")
        shop.settings = settings(lists={"vip": "L2"})
        told = shop.sync(publication)
        assert [str(one.part) + " " + one.part.remote for one in told.parts] == [
            "profile ",
            "list vip L2",
            "list vip L1",
        ]
        assert shop.platform.lists == {"L1": {"somebody else"}, "L2": {"ann", "cas"}}


def test_a_list_stays_as_it_is_when_its_audience_gets_another_name(tmp_path):
    with little(tmp_path, IDS, lists={"vip": "L1"}) as shop:
        shop.sync(shop.publish(PEOPLE, lists={"vip": ["ann", "cas"]}))
        shop.settings = settings(lists={"vips": "L1"})
        told = shop.sync(shop.publish(PEOPLE, days=1, lists={"vips": ["ann", "cas"]}))
        assert counts(told, "list vips") == (0, 0, 2)
        assert shop.platform.lists == {"L1": {"ann", "cas"}}
        assert not shop.platform.twice
        with reading_outbox(tmp_path) as outbox:
            assert [(str(one.part), one.customers) for one in outbox.held()] == [("profile", 5), ("list vips", 2)]


def test_two_audiences_may_change_lists(tmp_path):
    with little(tmp_path, IDS, lists={"vip": "L1", "at_risk": "L2"}) as shop:
        publication = shop.publish(PEOPLE, lists={"vip": ["ann", "cas"], "at_risk": ["ann"]})
        shop.sync(publication)
        shop.settings = settings(lists={"vip": "L2", "at_risk": "L1"})
        told = shop.sync(publication)
        assert (counts(told, "list vip"), counts(told, "list at_risk")) == ((1, 0, 1), (0, 1, 1))
        assert shop.platform.lists == {"L2": {"ann", "cas"}, "L1": {"ann"}}


def test_who_withdraws_is_taken_back_and_then_left_alone(tmp_path):
    with little(tmp_path, IDS, lists={"vip": "L1"}) as shop:
        publication = shop.publish(PEOPLE, lists={"vip": ["ann", "cas"]})
        shop.sync(publication)
        says(shop.store, ["ann"], granted=False, days=1)
        told = shop.sync(publication)
        assert (counts(told), counts(told, "list vip")) == ((0, 1, 4), (0, 1, 1))
        assert shop.platform.profiles["ann"] == {"vip": False, "at_risk": False}
        assert shop.platform.lists == {"L1": {"cas"}}
        assert told.parts[0].withheld == {NO_CONSENT: 1}
        before = len(shop.server.received)
        shop.sync(publication)
        assert len(shop.server.received) == before
        with reading_outbox(tmp_path) as outbox:
            assert outbox.held_of(["ann"]) == ()


def test_who_left_the_publication_is_taken_back(tmp_path):
    with little(tmp_path, IDS) as shop:
        shop.sync(shop.publish(PEOPLE))
        told = shop.sync(shop.publish(PEOPLE[1:], days=1))
        assert counts(told) == (0, 1, 4)
        assert shop.platform.profiles["ann"] == {"vip": False, "at_risk": False}


def test_taking_back_goes_before_anything_else_as_an_address_may_have_passed_on(tmp_path):
    with little(tmp_path, IDS) as shop:
        shop.sync(shop.publish(PEOPLE))
        live_at(shop.store, {"abe": "eve@example.org"}, days=1)
        says(shop.store, ["abe"], granted=True)
        before = len(shop.server.received)
        told = shop.sync(shop.publish([*PEOPLE, person("abe")], days=1))
        assert told.parts[0].withheld == {SHARED_ADDRESS: 1}
        gone = [
            (one["id"], one["address"]) for request in shop.server.received[before:] for one in request.json["rows"]
        ]
        assert gone == [("eve", "eve@example.org"), ("abe", "eve@example.org")]


def test_who_never_agreed_or_has_no_address_of_their_own_is_never_told_of(tmp_path):
    with little(tmp_path, IDS[:2]) as shop:
        says(shop.store, ["cas", "dee"], granted=True)
        live_at(shop.store, {"dee": "BEN@example.org"}, days=25)
        live_at(shop.store, {"eve": "eve@example.org"})
        told = shop.sync(shop.publish(PEOPLE))
        assert told.parts[0].withheld == {NO_CONSENT: 1, NO_ADDRESS: 1, SHARED_ADDRESS: 1}
        assert set(shop.platform.profiles) == {"ann", "ben"}


def test_who_does_not_want_to_be_profiled_is_taken_back_though_they_agree_to_mail(tmp_path):
    with little(tmp_path, IDS) as shop:
        publication = shop.publish(PEOPLE)
        shop.sync(publication)
        says(shop.store, IDS[1:], granted=True, purpose="profiling")
        says(shop.store, ["ann"], granted=False, purpose="profiling")
        shop.sync(publication)
        assert shop.platform.profiles["ann"] == {"vip": False, "at_risk": False}


def test_a_refused_row_is_kept_sent_again_and_cleared_when_it_is_taken(tmp_path):
    with little(tmp_path, IDS, lists={"vip": "L1"}) as shop:
        publication = shop.publish(PEOPLE, lists={"vip": ["ann", "cas"]})
        shop.platform.bad = {"ann"}
        told = shop.sync(publication)
        assert told.parts[0].refused == {"it looks bad": 1}
        assert told.parts[1].withheld == {NO_PROFILE: 1}
        shop.sync(publication)
        with reading_outbox(tmp_path) as outbox:
            (row,) = outbox.refused("little")
            assert (row.customer_id, row.reason, row.attempts) == ("ann", "it looks bad", 2)
            assert row.first_at == NOW.isoformat()
        shop.platform.bad = set()
        told = shop.sync(publication)
        assert (counts(told), counts(told, "list vip")) == ((1, 0, 4), (1, 0, 1))
        with reading_outbox(tmp_path) as outbox:
            assert list(outbox.refused()) == []


def test_a_refusal_is_dropped_with_who_is_not_to_be_told_of_any_more(tmp_path):
    with little(tmp_path, IDS) as shop:
        shop.platform.bad = {"ann"}
        shop.sync(shop.publish(PEOPLE))
        shop.sync(shop.publish(PEOPLE[1:], days=1))
        with reading_outbox(tmp_path) as outbox:
            assert list(outbox.refused()) == []


def test_a_batch_that_is_refused_as_a_whole_is_halved_until_the_row_at_fault_is_alone(tmp_path):
    with little(tmp_path, IDS) as shop:
        shop.platform.poison = {"ben"}
        told = shop.sync(shop.publish(PEOPLE))
        assert told.parts[0].refused == {"Expected Little to take 1 rows, but it refuses them.": 1}
        assert set(shop.platform.profiles) == {"ann", "cas", "dee", "eve"}
        assert not shop.platform.twice


def test_a_platform_that_refuses_row_after_row_is_not_asked_for_each_of_them(tmp_path):
    ids = [f"c{number:03}" for number in range(200)]
    with little(tmp_path, ids) as shop:
        shop.platform.poison = set(ids)
        shop.destination = LittleDestination(shop.server.url, size=200)
        with pytest.raises(DestinationError, match=r"to take some rows, but it refuses each"):
            shop.sync(shop.publish([person(one) for one in ids]))
        assert len(shop.server.received) < 130
        with reading_outbox(tmp_path) as outbox:
            assert outbox.under_way() == {}


def test_many_bad_rows_side_by_side_do_not_stop_the_others(tmp_path):
    ids = [f"c{number:03}" for number in range(120)]
    with little(tmp_path, ids) as shop:
        shop.platform.poison = set(ids[:40])
        shop.destination = LittleDestination(shop.server.url, size=120)
        told = shop.sync(shop.publish([person(one) for one in ids]))
        assert counts(told) == (80, 0, 0)
        assert set(shop.platform.profiles) == set(ids[40:])
        assert not shop.platform.twice


@pytest.mark.parametrize(
    "fault", [hung_up(), half_closed(), malformed(), failing()], ids=["hung up", "half closed", "malformed", "failing"]
)
def test_lost_answers_are_recovered_and_nothing_goes_twice(tmp_path, fault):
    lost = dict.fromkeys(range(2, 8), fault)
    with little(tmp_path, IDS, lambda platform: Faults(platform, after=lost)) as shop:
        publication = shop.publish(PEOPLE)
        with pytest.raises(DestinationError, match=r"6 times\. What it did not accept goes with the next sync"):
            shop.sync(publication)
        shop.platform.accepted.clear()
        told = shop.sync(publication)
        assert told.recovered == 2
        assert counts(told) == (0, 0, 5)
        assert not shop.platform.accepted


def test_a_request_that_never_arrived_goes_with_the_next_sync(tmp_path):
    never = dict.fromkeys(range(2, 8), failing(503))
    with little(tmp_path, IDS, lambda platform: Faults(platform, instead=never)) as shop:
        publication = shop.publish(PEOPLE)
        with pytest.raises(DestinationError, match="the status was 503, 6 times"):
            shop.sync(publication)
        told = shop.sync(publication)
        assert (told.recovered, counts(told)) == (0, (2, 0, 3))
        assert set(shop.platform.profiles) == set(IDS)
        assert not shop.platform.twice


def test_what_a_recovery_does_not_find_is_told_again_though_it_is_as_it_was_before(tmp_path):
    lost = dict.fromkeys(range(2, 8), hung_up())
    with little(tmp_path, IDS[:1], lambda platform: Faults(platform, after=lost)) as shop:
        shop.sync(shop.publish([person("ann", 0.7, 130)]))
        with pytest.raises(DestinationError):
            shop.sync(shop.publish([person("ann", 0.1, 20)], days=1))
        assert shop.platform.profiles["ann"]["vip"] is False
        shop.platform.profiles["ann"]["expected_spend"] = 21  # by somebody else: the batch is not found as it went
        shop.sync(shop.publish([person("ann", 0.7, 130)], days=2))
        assert shop.platform.profiles["ann"] == {
            "churn_probability": 0.7, "expected_spend": 130, "vip": True, "at_risk": True,
        }  # fmt: skip


def test_a_preview_says_nothing_of_a_value_before_that_nobody_knows(tmp_path):
    with little(tmp_path, IDS[:1]) as shop:
        publication = shop.publish([person("ann", 0.7, 130)])
        shop.sync(publication)
        with writing_outbox(tmp_path) as outbox:
            batch = Batch("b1", PROFILES, (Row("ann", {"expected_spend": 20, "vip": False}),))
            outbox.note("little", batch, NOW)
            outbox.confirm("little", batch, Receipt({"ann": "not there"}), (), NOW, refused=False)
            (row,) = preview_platform(shop.settings, publication, outbox, shop.addresses())[0].rows
    assert (row.before, row.after) == ({"expected_spend": None, "vip": None}, {"expected_spend": 130, "vip": True})


def test_who_withdraws_while_an_answer_is_lost_is_not_told_again_but_taken_back(tmp_path):
    lost = dict.fromkeys(range(1, 7), hung_up())
    with little(tmp_path, IDS[:3], lambda platform: Faults(platform, after=lost)) as shop:
        publication = shop.publish(PEOPLE[:3])
        with pytest.raises(DestinationError):
            shop.sync(publication)
        says(shop.store, ["ann"], granted=False, days=1)
        shop.platform.accepted.clear()
        told = shop.sync(publication)
        assert counts(told) == (0, 1, 2)
        assert shop.platform.profiles["ann"] == {"vip": False, "at_risk": False}
        assert [json.loads(row)[1] for row in shop.platform.accepted] == ["ann"]


def test_who_withdraws_while_batches_go_is_dropped_from_theirs_and_taken_back_next_time(tmp_path):
    with little(tmp_path, IDS) as shop:
        publication = shop.publish(PEOPLE)
        answer, told_first = shop.platform.take, []

        def take(name, row):
            if not told_first:
                says(shop.store, ["ben", "eve"], granted=False, days=1)
            told_first.append(row["id"])
            answer(name, row)

        shop.platform.take = take
        told = shop.sync(publication)
        assert told_first == ["ann", "ben", "cas", "dee"]
        assert told.parts[0].withheld == {NO_CONSENT: 1}
        told = shop.sync(publication)
        assert counts(told) == (0, 1, 3)
        assert shop.platform.profiles["ben"] == {"vip": False, "at_risk": False}
        assert "eve" not in shop.platform.profiles


def test_a_preview_says_exactly_what_goes_and_changes_nothing(tmp_path):
    with little(tmp_path, IDS, lists={"vip": "L1"}) as shop:
        first = shop.publish(PEOPLE, lists={"vip": ["ann", "cas"]})
        with reading_outbox(tmp_path) as outbox:
            parts = preview_platform(shop.settings, first, outbox, shop.addresses())
        assert not (tmp_path / "outbox.db").exists()
        assert [(str(one.part), one.sent) for one in parts] == [("profile", 5), ("list vip", 2)]
        shop.sync(first)
        says(shop.store, ["cas"], granted=False, days=1)
        second = shop.publish([person("ann", 0.7, 90), *PEOPLE[1:]], days=1, lists={"vip": []})
        held = (tmp_path / "outbox.db").read_bytes()
        with reading_outbox(tmp_path) as outbox:
            parts = preview_platform(shop.settings, second, outbox, shop.addresses())
        assert (tmp_path / "outbox.db").read_bytes() == held
        cas, ann = parts[0].rows
        assert (ann.before, ann.after) == ({"expected_spend": 120, "vip": True}, {"expected_spend": 90, "vip": False})
        assert (cas.is_withdrawal, cas.after) == (True, {"expected_spend": None, "vip": False})
        before = len(shop.server.received)
        told = shop.sync(second)
        gone = [(one["id"], one["values"]) for request in shop.server.received[before:] for one in request.json["rows"]]
        assert gone == [(row.customer_id, dict(row.after)) for part in parts for row in part.rows]
        assert [(one.sent, one.withdrawn) for one in told.parts] == [(one.sent, one.withdrawn) for one in parts]


def test_a_preview_shows_as_many_rows_as_asked_for_and_counts_all(tmp_path):
    with little(tmp_path, IDS) as shop, reading_outbox(tmp_path) as outbox:
        (part,) = preview_platform(shop.settings, shop.publish(PEOPLE), outbox, shop.addresses(), first=2)
        assert (part.sent, [row.customer_id for row in part.rows]) == (5, ["ann", "ben"])


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"properties": ("churn_probabilty",)}, 'got "churn_probabilty". Did you mean "churn_probability"?'),
        ({"segments": ("vpi",)}, 'expected segments to name what the publication .* got "vpi". Did you mean "vip"?'),
        ({"lists": {"vp": "L1"}}, 'expected lists to name .* got "vp". Did you mean "vip"?'),
    ],
)
def test_what_the_publication_does_not_have_is_said_before_anything_is_sent(tmp_path, told, sentence):
    with little(tmp_path, IDS, **told) as shop:
        with pytest.raises(SettingsError, match=sentence):
            shop.sync(shop.publish(PEOPLE, lists={"vip": ["ann"]}))
        assert not shop.server.received


def test_a_property_and_a_segment_of_one_name_are_told_apart(tmp_path):
    twin = Segment(name="expected_spend", when="expected_spend >= 100", title="Spends")
    with little(tmp_path, IDS) as shop, pytest.raises(SettingsError, match='got "expected_spend" as both'):
        shop.sync(shop.publish(PEOPLE, segments=(*SEGMENTS, twin)))


def test_another_destination_under_the_same_name_is_noticed(tmp_path):
    with little(tmp_path, IDS) as shop:
        publication = shop.publish(PEOPLE)
        shop.sync(publication)
        shop.settings = settings(url="https://other.example.org")
        with pytest.raises(DestinationError, match="Give it a name of its own"):
            shop.sync(publication)


def test_two_syncs_at_once_are_not(tmp_path):
    refused = pytest.raises(DestinationError, match="another sync is under way in this project")
    with writing_outbox(tmp_path), refused, writing_outbox(tmp_path, wait_seconds=0.05):
        pass


def test_without_an_address_of_ours_people_are_known_by_their_id_alone(tmp_path):
    with little(tmp_path, IDS, consent="push") as shop:
        says(shop.store, ["ann"], granted=True, purpose="push")
        known = shop.addresses().of(IDS)
        assert known == {"ann": None}
        assert shop.addresses().withheld(shop.addresses().reachable) == {}


def test_nothing_in_the_outbox_says_where_anybody_lives(tmp_path):
    with little(tmp_path, IDS) as shop:
        shop.platform.bad = {"ann"}
        shop.sync(shop.publish(PEOPLE))
        assert shop.server.received[0].json["rows"][0]["address"] == "ann@example.org"
        for path in tmp_path.glob("outbox.db*"):
            assert b"example.org" not in path.read_bytes().replace(b"little.example.org", b"")


def test_what_was_told_last_is_remembered(tmp_path):
    with little(tmp_path, IDS) as shop:
        publication = shop.publish(PEOPLE)
        shop.sync(publication)
        with reading_outbox(tmp_path) as outbox:
            last = outbox.last_told("little")
            assert (last.publication_id, last.at) == (publication.publication_id, NOW.isoformat())
            assert [(str(one.part), one.customers) for one in outbox.held()] == [("profile", 5)]
    assert publication.as_of + timedelta(hours=1) < NOW
