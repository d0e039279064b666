"""An edition with a past: what a marketer reads after some months, invented by hand over the small shop."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from pipeline.events.quality.finding import Finding, Severity
from pipeline.publish.edition import Edition
from pipeline.publish.publication import publish
from pipeline.publish.record import (
    AgainstRule,
    CameOut,
    HeldOutCameOut,
    ListCameOut,
    Move,
    Observed,
    Record,
    Trend,
)
from pipeline.segments.audiences.audience import Audience
from pipeline.segments.audiences.deciding import SCHEMA, Audiences
from pipeline.segments.membership import assign
from pipeline.segments.segment import Segment

AS_OF = datetime(2010, 9, 10, tzinfo=UTC)
MOMENTS = tuple(AS_OF - timedelta(days=days) for days in (6, 5, 4, 3, 2, 1, 0))
STAGES = tuple(
    Segment(name=f"stage_{name}", title=f"Stage: {name.capitalize()}", when=f"orders_365d = {number}", tags=("stage",))
    for number, name in enumerate(("lead", "active", "slipping"))
)
CAME_OUT = CameOut(
    publication_id="2010-06-01-0b",
    as_of=AS_OF - timedelta(days=101),
    task="churn",
    model_version="6",
    horizon_days=90,
    customers=3100,
    kind="probability",
    metrics={"roc_auc": 0.78, "lift_top_decile": 1.44, "ece": 0.02},
    reliability=((0.2, 0.21, 2800), (0.79, 0.81, 300)),
    lists=(
        ListCameOut("predicted_at_risk", 0.74, Observed(0.73, 600, 0.7, 0.77), Observed(0.22, 2500, 0.2, 0.24)),
        ListCameOut("vip", 0.2, Observed(0.19, 21, 0.08, 0.4), Observed(0.27, 3079, 0.25, 0.29), decided=False),
    ),
    held_out=(
        HeldOutCameOut("predicted_at_risk", Observed(0.78, 60), Observed(0.72, 400), (-0.06, -0.16, 0.05)),
        HeldOutCameOut("both_lists", Observed(0.8, 60), Observed(0.7, 500), (-0.1, -0.2, 0.01), at_random=False),
    ),
)
RECORD = Record(
    trend=Trend(
        moments=MOMENTS,
        sizes={
            "vip": (20, 21, 22, 21, 22, 21, 22),
            "predicted_at_risk": (60, 62, 61, 60, 62, 61, 90),
            "one_time": (None, None, 40, 44, 43, 41, 40),
        },
        redefined={"one_time": (3,)},
    ),
    moves=(
        Move("stage_active", "stage_slipping", 9),
        Move("stage_lead", "stage_active", 4),
        Move(None, "stage_lead", 2),
    ),
    against_rules=(
        AgainstRule(
            predicted="predicted_at_risk",
            rule="at_risk",
            both=12,
            only_predicted=50,
            only_rule=8,
            lead_days=(3, 12, 20, 31, 40),
            same_day=2,
            later=1,
            watched_days=90,
            came_true={"both": (0.8, 10), "only_predicted": (0.75, 44), "only_rule": (0.25, 40)},
            apart=(0.5, 0.3, 0.65),
            came_true_as_of=AS_OF - timedelta(days=101),
            never=4,
            happened="no order within 90 days",
        ),
    ),
    came_out=(
        replace(CAME_OUT, as_of=AS_OF - timedelta(days=132), model_version="5"),
        CAME_OUT,
        replace(
            CAME_OUT,
            task="spend",
            metrics={"total_ratio": 0.97},
            lists=(),
            held_out=(),
            reliability=((1.0, 0.0, 50), (90.0, 96.0, 50)),
        ),
    ),
    findings=(
        Finding("page_viewed", Severity.NOTE, "A few page views name no customer"),
        Finding("email_opened", Severity.SEVERE, "E-mail opens fell silent", "Ask who runs the mailing tool"),
    ),
)


def decided(edition: Edition, segment: str) -> Audiences:
    """Return one audience over the members of a segment: most are contacted, every third is not."""
    customers = sorted(edition.memberships.of(segment)["customer_id"].to_pylist())
    reasons = [(None, None), (None, None), ("no consent to e-mail", "no_consent")]
    told = [reasons[place % 3] for place in range(len(customers))]
    rows = [
        {"customer_id": one, "audience": segment, "included": why is None, "reason": why, "left_out_by": rule}
        for one, (why, rule) in zip(customers, told, strict=True)
    ]
    audience = Audience(name=segment, title="Predicted at risk", include=(segment,))
    return Audiences(edition.as_of, pa.Table.from_pylist(rows, SCHEMA), (audience,))


@pytest.fixture(scope="session")
def compared(today: Edition, yesterday: Edition, tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """Today's edition, with yesterday's publication before it."""
    return replace(today, previous=publish(tmp_path_factory.mktemp("yesterday"), yesterday))


@pytest.fixture(scope="session")
def recorded(compared: Edition) -> Edition:
    """The same with stages, an audience and a record."""
    segments = (*compared.segments, *STAGES)
    before = compared.previous.memberships() if compared.previous else None
    return replace(
        compared,
        segments=segments,
        memberships=assign(segments, compared.profiles, before),
        record=RECORD,
        audiences=decided(compared, "predicted_at_risk"),
    )
