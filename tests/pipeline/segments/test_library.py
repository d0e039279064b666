"""What the library promises as a whole; who is in which of its segments is in test_library_oracle."""

from collections import Counter
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from features.builder import planned
from features.vocabulary import Vocabulary
from flows.project import columns_in
from models.written import BESIDE_TASKS
from pipeline.conditions.known import Kind, Known
from pipeline.conditions.nodes import Compared, walk
from pipeline.events.event_types import EVENT_TYPES
from pipeline.publish.report.focus import PREDICTED_AT_RISK, RULE_AT_RISK
from pipeline.publish.report.overview import BEST_CUSTOMERS
from pipeline.publish.report.tiles import RULES_OF_SILENCE
from pipeline.segments.library import LIBRARY, check_segments, cluster_segments, library
from pipeline.segments.membership import assign
from pipeline.segments.order import in_order
from pipeline.segments.profiles import PREDICTIONS, Profiles
from pipeline.segments.segment import Segment, SegmentKind
from pipeline.segments.settle import LeftOut, settle

AS_OF = datetime(2026, 11, 30, tzinfo=UTC)
NAMES = [segment.name for segment in library()]
PREDICTED = {**PREDICTIONS, **BESIDE_TASKS, "expected_value_365d": Kind.NUMBER}
CATALOGUE = columns_in(LIBRARY.read_text(encoding="utf-8"))
SHOP = Known({**CATALOGUE, **PREDICTED}, frozenset(EVENT_TYPES), frozenset(NAMES), frozenset())
ORDERS_ALONE = [
    "vip",
    "high_value",
    "loyal",
    "regular",
    "repeat",
    "one_time",
    "new",
    "recent_buyer",
    "at_risk",
    "lapsed",
    "win_back_candidate",
    "discount_seeker",
    "full_price_buyer",
    "seasonal_buyer",
    "gift_buyer",
    "same_occasion_last_year",
    "evening_shopper",
    "rfm_champions",
    "rfm_loyal",
    "rfm_recent",
    "rfm_needs_attention",
    "rfm_at_risk",
    "rfm_inactive",
    "stage_visitor",
    "stage_lead",
    "stage_new",
    "stage_active",
    "stage_slipping",
    "stage_lapsed",
    "slipping_vip",
    "next_order_due",
]


def test_the_library_has_the_segments_that_a_marketer_expects() -> None:
    assert Counter(segment.tags[0] for segment in library()) == {
        "value": 6,
        "recency": 8,
        "intent": 6,
        "engagement": 4,
        "price": 5,
        "season": 3,
        "habit": 5,
        "care": 2,
        "rfm": 6,
        "stage": 6,
        "predicted": 7,
    }
    predicted = [segment.name for segment in library() if segment.kind(PREDICTED) is SegmentKind.PREDICTED]
    assert predicted == [segment.name for segment in library() if segment.tags == ("predicted",)]


def test_every_name_that_the_library_speaks_of_is_known() -> None:
    check_segments(library(), SHOP)
    assert [len(layer) for layer in in_order(library())] == [54, 4]


@pytest.mark.parametrize("segment", library(), ids=NAMES)
def test_each_says_in_whole_sentences_who_is_in_it_and_what_to_do(segment: Segment) -> None:
    told = [segment.description, segment.send, segment.do_not_send, *(one.description for one in segment.definitions)]
    assert segment.title
    assert all(text[0] in '"“' or text[0].isupper() for text in told)
    assert all(text.rstrip('"”').endswith((".", "?")) for text in told)
    assert all(len(text) <= 220 for text in told)


def test_no_two_say_the_same() -> None:
    for words in ("name", "title", "description", "send", "do_not_send", "when"):
        assert Counter(getattr(segment, words) for segment in library()).most_common(1)[0][1] == 1, words


@pytest.mark.parametrize("segment", [one for one in library() if one.variants], ids=lambda one: one.name)
def test_a_variant_says_who_is_in_it_unless_it_only_calls_a_device_by_another_name(segment: Segment) -> None:
    different = {definition.description for definition in segment.definitions}
    assert len(different) == (1 if segment.name == "mobile_first" else len(segment.definitions))


def test_leaving_out_leads_to_one_message_and_never_round_in_a_circle() -> None:
    waits = {
        one.name: Segment(name=one.name, when=" or ".join(["false", *(f"in_segment({name})" for name in one.exclude)]))
        for one in library()
    }
    assert sum(map(len, in_order(waits.values()))) == len(NAMES)
    assert all(set(segment.exclude) <= set(NAMES) for segment in library())


@pytest.mark.parametrize("segment", library(), ids=NAMES)
def test_where_numbers_move_every_night_members_stay_a_little_longer(segment: Segment) -> None:
    for definition in segment.definitions:
        compares = any(isinstance(node, Compared) for node in walk(definition.condition))
        probability = any(name.endswith("_probability") for name in definition.reads)
        if segment.tags != ("rfm",):  # who ever ordered is in exactly one of them
            assert (definition.stay_while is not None) >= (compares or probability)


def test_what_a_model_decides_is_measured() -> None:
    assert all(segment.holdout == 0.1 for segment in library() if segment.kind(PREDICTED) is SegmentKind.PREDICTED)


def test_a_shop_of_orders_alone_decides_what_it_can_and_says_why_not_the_rest() -> None:
    planned_columns = planned(Vocabulary(event_types=("order_placed",))).described
    columns = dict.fromkeys((column.name for column in planned_columns), Kind.NUMBER)
    known = Known(columns, frozenset({"order_placed"}), frozenset(NAMES))
    found = {segment.name: settle(segment, known) for segment in library()}
    assert [name for name, settled in found.items() if isinstance(settled, Segment)] == ORDERS_ALONE
    assert found["ghost"] == LeftOut("ghost", "there is no emails_delivered_90d yet")
    assert found["complained"] == LeftOut("complained", "this shop logs no email_complained")


def test_clusters_become_segments() -> None:
    gifts, quoted = cluster_segments({"Gift buyers": "They buy for others.", "Anna's friends": "They know Anna."})
    assert (gifts.name, gifts.title, gifts.kind(PREDICTED)) == (
        "cluster_gift_buyers",
        "Gift buyers",
        SegmentKind.CLUSTER,
    )
    table = pa.table({"customer_id": ["1", "2", "3"], "cluster": ["Gift buyers", "Anna's friends", None]})
    tonight = assign([gifts, quoted], Profiles(AS_OF, table), None)
    assert tonight.table.select(["customer_id", "segment"]).to_pylist() == [
        {"customer_id": "2", "segment": "cluster_anna_s_friends"},
        {"customer_id": "1", "segment": "cluster_gift_buyers"},
    ]


def test_the_segments_that_the_report_speaks_of_are_there() -> None:
    assert {PREDICTED_AT_RISK, RULE_AT_RISK, BEST_CUSTOMERS, *RULES_OF_SILENCE} < set(NAMES)


def test_nobody_who_complained_is_written_to_by_any_campaign():
    silent = {"complained", "remove_from_list"}  # no campaign goes to them at all
    assert [one.name for one in library() if one.name not in silent and "complained" not in one.exclude] == []
