"""A small shop at two moments: what its marketer would read on 9 and on 10 September 2010."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from pipeline.publish.edition import DataFacts, Edition, ModelFacts, ShopFacts
from pipeline.segments.membership import Memberships, assign
from pipeline.segments.profiles import PREDICTIONS, Profiles
from pipeline.segments.segment import Segment

AS_OF = datetime(2010, 9, 10, tzinfo=UTC)

SEGMENTS = (
    Segment(
        name="vip",
        title="VIP",
        when="percentile(revenue_365d) >= 90",
        description="The top tenth by what they spent in a year",
        send="Early access and a personal note",
        do_not_send="Anything that says last chance",
        owner="Ana",
    ),
    Segment(
        name="one_time",
        title="One-time buyers",
        when="orders_365d = 1",
        description="One order in the last year, no second one yet",
        send="How to use what they bought, then what others bought next",
        do_not_send="A loyalty programme",
    ),
    Segment(
        name="at_risk",
        title="At risk, 60 to 120 days",
        when="days_since_last_order between 60 and 120",
        description="Silent for two to four months",
        send="A reminder of what is new since their last visit",
        do_not_send="The sale blast",
    ),
    Segment(
        name="predicted_at_risk",
        title="Predicted at risk",
        when="churn_probability >= 0.6 and orders_365d >= 1",
        stay_while="churn_probability >= 0.5",
        description="Bought within the year and will probably not buy in the next 90 days",
        send="Win-back in three mails at most: a question before an offer, best-sellers of their own category",
        do_not_send="The sale blast, or anything that says last chance",
        exclude=("likely_to_buy",),
        holdout=0.1,
        best_first="value_at_stake",
        owner="Ana",
    ),
    Segment(
        name="likely_to_buy",
        title="Likely to buy in 30 days",
        when="purchase_probability >= 0.5",
        description="Will probably order again within 30 days without being asked",
        send="New arrivals, without a discount: they buy anyway",
        do_not_send="A discount",
    ),
    Segment(
        name="cluster_gift_season",
        title="Gift-season stockists",
        when="cluster = 'gift season stockists'",
        description="Large orders in autumn, little else",
        send="The trade catalogue in September",
        do_not_send="Spring promotions",
    ),
)

CHURN = ModelFacts(
    task="churn",
    version="7",
    trained_as_of=datetime(2010, 9, 1, tzinfo=UTC),
    horizon_days=90,
    kind="probability",
    metrics={"roc_auc": 0.731, "ece": 0.041, "lift_top_decile": 1.62, "base_rate": 0.424, "n": 3345.0},
    baselines={"recency": 0.650, "frequency": 0.712},
    difference=(0.019, 0.006, 0.032),
    reliability=tuple(
        (said, came, count)
        for said, came, count in (
            (0.08, 0.06, 331), (0.15, 0.17, 340), (0.22, 0.2, 335), (0.3, 0.33, 334), (0.37, 0.36, 336),
            (0.45, 0.49, 333), (0.53, 0.51, 334), (0.61, 0.66, 332), (0.72, 0.7, 335), (0.86, 0.84, 335),
        )
    ),
)  # fmt: skip
PURCHASE = replace(
    CHURN,
    task="purchase",
    version="4",
    horizon_days=30,
    metrics={"roc_auc": 0.748, "ece": 0.082, "n": 3345.0},
    baselines={"recency": 0.701, "frequency": 0.744},
    difference=(0.004, -0.007, 0.015),
    reliability=((0.05, 0.04, 900), (0.14, 0.19, 800), (0.26, 0.35, 700), (0.41, 0.5, 600), (0.66, 0.74, 345)),
)
SPEND = ModelFacts(
    task="spend",
    version="3",
    trained_as_of=datetime(2010, 9, 1, tzinfo=UTC),
    horizon_days=90,
    kind="amount",
    metrics={"spearman": 0.52, "gini": 0.782, "total_ratio": 0.94, "n": 3345.0},
    baselines={"recency": 0.31, "frequency": 0.703, "last_year": 0.761},
    difference=(0.021, 0.004, 0.039),
    reliability=((0.4, 0.0, 1115), (22.5, 31.2, 1115), (410.7, 398.1, 1115)),
    summary="In service since 2 September: better than the one before by 0.012",
)
REASONS = (
    "No order for {silent} days, usually every {gap}",
    "Spend down {drop}% on the quarter before",
    "Returned {back} of 9 items",
    "Only one order so far, {silent} days ago",
    "Gap between orders growing: 12, 19, 33, {silent} days",
    "Fewer different products than a year ago",
)


def _profile(number: int, dice: random.Random) -> dict[str, object]:
    orders = min(40, int(dice.paretovariate(1.1)))
    silent = min(364, int(dice.expovariate(1 / 80)))
    revenue = round(orders * dice.lognormvariate(4.6, 0.9), 2)
    churn = min(0.985, max(0.02, 0.25 + silent / 260 - orders / 60 + dice.gauss(0, 0.12)))
    details = {"silent": silent, "gap": dice.randint(9, 40), "drop": dice.randint(20, 90), "back": dice.randint(1, 6)}
    reasons = [reason.format(**details) for reason in dice.sample(REASONS, 3)]
    return {
        "customer_id": f"c-{12000 + number * 17}",
        "orders_365d": float(orders),
        "revenue_365d": revenue,
        "days_since_last_order": float(silent),
        "churn_probability": churn,
        "purchase_probability": max(0.01, 0.9 - churn + dice.gauss(0, 0.05)),
        "expected_spend": revenue / 4 * (1 - churn),
        "expected_next_order_at": AS_OF + timedelta(days=dice.randint(1, 120)),
        "value_at_stake": churn * revenue * 90 / 365,
        "churn_band": "high" if churn >= 0.6 else "medium" if churn >= 0.3 else "low",
        "cluster": "gift season stockists" if number % 9 == 0 else "steady households",
        **{f"churn_reason_{i}": reason for i, reason in enumerate(reasons, 1)},
    }


def _profiles(as_of: datetime, seed: int, count: int) -> Profiles:
    rows = [_profile(number, random.Random(seed * 10_000 + number)) for number in range(count)]  # noqa: S311 - a sample
    return Profiles(as_of, pa.Table.from_pylist(rows))


def _edition(as_of: datetime, profiles: Profiles, previous: Memberships | None) -> Edition:
    customers = profiles.table["customer_id"].to_pylist()
    consenting = [customer for i, customer in enumerate(customers) if i % 3]
    return Edition(
        as_of=as_of,
        shop=ShopFacts("Hearth & Home", "Europe/London", "GBP"),
        segments=SEGMENTS,
        profiles=profiles,
        memberships=assign(SEGMENTS, profiles, previous),
        previous=None,
        contacts=pa.table(
            {"customer_id": consenting, "email": [f"{customer}@example.org" for customer in consenting]},
            schema=pa.schema([("customer_id", pa.string()), ("email", pa.string())]),
        ),
        models=(CHURN, PURCHASE, SPEND),
        versions={"churn": "7", "purchase": "4", "spend": "3", "cluster": "2"},
        data=DataFacts(
            snapshot=41,
            first_event=datetime(2009, 12, 1, 7, 45, tzinfo=UTC),
            last_event=datetime(2010, 9, 9, 19, 58, tzinfo=UTC),
            rows_read=349_227,
            rows_kept=276_303,
            duplicates=4_803,
            quarantined={"no customer is named": 67_114, "not a product: postage, bank charges, samples": 1_007},
        ),
    )


@pytest.fixture(scope="session")
def yesterday() -> Edition:
    """The first edition of this shop: nothing to compare with."""
    as_of = AS_OF - timedelta(days=1)
    return _edition(as_of, _profiles(as_of, seed=1, count=240), None)


@pytest.fixture(scope="session")
def today(yesterday: Edition) -> Edition:
    """A day later: the last thirty customers have changed, two are new. `previous` is to be set by the test."""
    before = yesterday.profiles.table
    fresh = _profiles(AS_OF, seed=2, count=242).table
    profiles = Profiles(AS_OF, pa.concat_tables([before.slice(0, 210), fresh.slice(210)]))
    return _edition(AS_OF, profiles, yesterday.memberships)


@pytest.fixture(scope="session")
def unpredicted(today: Edition) -> Edition:
    """The same shop with too little history to learn from: rules only."""
    kept = [name for name in today.profiles.table.column_names if name not in PREDICTIONS]
    profiles = Profiles(AS_OF, today.profiles.table.select(kept))
    why = "Too few customers to learn from: 242, where 500 are needed. Rules still work"
    memberships = assign(SEGMENTS, profiles, None)
    return replace(today, profiles=profiles, memberships=memberships, models=(), notes=(why,))
