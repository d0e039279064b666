"""Everything that goes to press in one publication."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import pyarrow as pa

from pipeline.publish.published import Publication
from pipeline.publish.record import Record
from pipeline.segments.audiences.deciding import Audiences
from pipeline.segments.membership import Memberships
from pipeline.segments.profiles import Profiles
from pipeline.segments.segment import Segment, SegmentKind


@dataclass(frozen=True)
class ShopFacts:
    """Whose customers these are: `time_zone` is an IANA name, `currency` an ISO 4217 code."""

    name: str
    time_zone: str = "UTC"
    currency: str = "EUR"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the shop's people read dates."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True)
class ModelFacts:
    """A model in service and how it did on customers and a period that it had not seen.

    `kind` is "probability" or "amount". `metrics` holds whatever was measured (roc_auc, ece, lift_top_decile,
    base_rate, n, spearman, gini, total_ratio, ...); `baselines` the ROC AUC of each simple rule; `difference` the
    model's AUC minus the best rule's with its 95 % interval (value, low, high), None where no rule was compared;
    `reliability` groups of customers as (mean predicted, observed share, number), lowest prediction first.
    """

    task: str
    version: str
    trained_as_of: datetime
    horizon_days: int
    kind: str
    metrics: Mapping[str, float] = field(default_factory=dict)
    baselines: Mapping[str, float] = field(default_factory=dict)
    difference: tuple[float, float, float] | None = None
    reliability: tuple[tuple[float, float, int], ...] = ()
    summary: str = ""


@dataclass(frozen=True)
class DataFacts:
    """What the event log held: `snapshot` is the store's version, `quarantined` counts rows set aside by reason.

    `first_event` and `last_event` are UTC instants, None for an empty log.
    """

    snapshot: int
    first_event: datetime | None
    last_event: datetime | None
    rows_read: int
    rows_kept: int
    duplicates: int = 0
    quarantined: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Edition:
    """The decisions about every customer at `as_of`, and all that a reader needs to trust them.

    `contacts` has `customer_id` and `email`, only of customers who consented, and may be empty. `previous` is the
    publication before this one, None for the first. `notes` are sentences for the reader, such as why there are no
    predictions; `remarks`, those about the segments as a whole. `versions` names what decides: the version in service
    of each task and of the clusters. `record` tells of the time before.
    """

    as_of: datetime
    shop: ShopFacts
    segments: tuple[Segment, ...]
    profiles: Profiles
    memberships: Memberships
    previous: Publication | None
    contacts: pa.Table
    models: tuple[ModelFacts, ...]
    data: DataFacts
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    audiences: Audiences | None = None
    record: Record = field(default_factory=Record)

    @property
    def earlier(self) -> Publication | None:
        """The previous publication if it is of an earlier moment; comparing with anything else would invent changes."""
        return self.previous if self.previous and self.previous.as_of < self.as_of else None

    @property
    def decided(self) -> tuple[Segment, ...]:
        """The segments that were decided this time: all but those left out."""
        skipped = {entry.segment for entry in self.memberships.left_out}
        return tuple(segment for segment in self.segments if segment.name not in skipped)

    def kind_of(self, segment: Segment) -> SegmentKind:
        """Say what decides a segment: a rule, a prediction or the cluster."""
        return segment.kind(self.profiles.predicted)

    def score_of(self, segment: Segment) -> str | None:
        """Return the column by which a segment ranks, None for one that does not."""
        return segment.score_column(self.profiles.predictions)
