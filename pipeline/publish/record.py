"""What a publication can say of the time before it, and of what came of earlier ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.events.quality.finding import Finding


@dataclass(frozen=True)
class Trend:
    """How large each segment was in the publications before this one and is now.

    `moments` are theirs, oldest first, this one's last; `sizes` has as many numbers a segment, None where it was not
    decided; `redefined` are, by segment, the places in them at which its definition was not the one before.
    """

    moments: tuple[datetime, ...] = ()
    sizes: Mapping[str, tuple[int | None, ...]] = field(default_factory=dict)
    redefined: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Move:
    """Customers who went from one segment of a group to another since the publication before; None: none of them."""

    source: str | None
    target: str | None
    customers: int


@dataclass(frozen=True)
class AgainstRule:
    """A predicted segment beside the rule that looks for the same customers, by name.

    `lead_days` are, for those whom the prediction named first and the rule later, the days between, as recorded in
    publications up to this one; `watched_days` is how far back these go. `later` counts those whom the rule named
    first, `same_day` those whom both named at once, `never` those whom the rule named and the prediction did not; none
    of it is told of a rule that does not wait for a silence. Of `only_predicted` and `only_rule`, and of `both`,
    `came_true` has the share for whom it came true, with how many of them it is known for, by "both",
    "only_predicted", "only_rule", as of the newest publication whose horizon is over; empty without one. `apart` is the
    share of `only_predicted` less that of `only_rule` with its 95 % interval, null where it is known of a few alone.
    `happened` says what came true: "no order within 90 days".
    """

    predicted: str
    rule: str
    both: int
    only_predicted: int
    only_rule: int
    lead_days: tuple[int, ...] = ()
    same_day: int = 0
    later: int = 0
    watched_days: int = 0
    came_true: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    came_true_as_of: datetime | None = None
    apart: tuple[float, float, float] | None = None
    never: int = 0
    happened: str = ""


@dataclass(frozen=True)
class Observed:
    """What came of some customers: the share of whom it came true or the mean, its 95 % interval, None of few."""

    value: float
    customers: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class ListCameOut:
    """What came of those whom a segment's list named and of whom the task spoke, beside all others of whom it spoke.

    `predicted` is the mean of what was predicted of those named; `rest` is None where nobody else was spoken of.
    `decided` says that the prediction decided who was named.
    """

    segment: str
    predicted: float
    named: Observed
    rest: Observed | None = None
    decided: bool = True


@dataclass(frozen=True)
class HeldOutCameOut:
    """What came of those whom an audience held out, beside those whom it let be contacted; nobody else of its members.

    `difference` is the contacted less the held out, with its 95 % interval. It is what contacting brought only
    `at_random`: where everybody had the same chance to be held out, as they have of a single list.
    """

    audience: str
    held_out: Observed
    contacted: Observed
    difference: tuple[float, float, float]
    at_random: bool = True


@dataclass(frozen=True)
class CameOut:
    """How one task's predictions in an earlier publication came out.

    `kind` says what was predicted: a "probability", "money", or a "number" of other things. `metrics` as in
    `ModelFacts`; `reliability` groups of customers as (mean predicted, observed share or mean, number), lowest
    prediction first; `model_version` the one that made them. `lists` are those of the segments that the task decides,
    of the newest publication all that are not of few; `held_out` are the audiences that hold more than a few out.
    """

    publication_id: str
    as_of: datetime
    task: str
    model_version: str
    horizon_days: int
    customers: int
    kind: str
    metrics: Mapping[str, float] = field(default_factory=dict)
    reliability: tuple[tuple[float, float, int], ...] = ()
    lists: tuple[ListCameOut, ...] = ()
    held_out: tuple[HeldOutCameOut, ...] = ()


@dataclass(frozen=True)
class Record:
    """All of it, with the `findings` about the log; empty for a first publication of a log without a blemish."""

    trend: Trend = field(default_factory=Trend)
    moves: tuple[Move, ...] = ()
    against_rules: tuple[AgainstRule, ...] = ()
    came_out: tuple[CameOut, ...] = ()
    findings: tuple[Finding, ...] = ()
