"""What is known of customers that may speak against contacting them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from pipeline.conditions.questions import Asked, Consented, EventCall, Period
from pipeline.events.event_types import ORDER_PLACED
from pipeline.segments.audiences.audience import Audience
from pipeline.segments.stays import Truths
from pipeline.windows.arrays import Floats

DAY_US = 86_400_000_000
LAST_ORDER = EventCall("last", ORDER_PLACED)


def last_contact(event_type: str) -> EventCall:
    """Return the question when a customer was contacted last."""
    return EventCall("last", event_type)


def contacts_within(event_type: str, within: timedelta) -> EventCall:
    """Return the question how often a customer was contacted of late."""
    return EventCall("count", event_type, period=Period(within=within))


def questions(audiences: Iterable[Audience]) -> tuple[Asked, ...]:
    """Return what is to be asked of the event log and of consents, each question once."""
    return tuple(dict.fromkeys(question for audience in audiences for question in _questions(audience)))


def _questions(audience: Audience) -> Iterable[Asked]:
    yield Consented(audience.consent)
    if audience.recent_buyers is not None:
        yield LAST_ORDER
    if audience.frequency_cap is not None:
        yield contacts_within(audience.contact_event, audience.frequency_cap.within)
    if audience.quiet is not None:
        yield last_contact(audience.contact_event)


def figure(question: EventCall, answers: pa.Array, as_of: datetime) -> Floats:
    """Return the answers to a question as `Reach` has them."""
    if question.function == "count":
        return np.asarray(answers.cast(pa.float64()).fill_null(0.0))
    last_us = answers.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).cast(pa.float64())
    moment_us = pa.scalar(as_of, pa.timestamp("us", "UTC")).value
    return np.asarray((moment_us - last_us.to_numpy(zero_copy_only=False)) / DAY_US)


@dataclass(frozen=True)
class Reach:
    """What was known at one moment of the customers in `customer_id`, each once and sorted, every array in their order.

    `figures` answer `questions`: how often, or for a `last` how many days ago, NaN where it never was. `agreed` says
    who consented, by purpose, and `addressed` who has an address, by the purpose that it serves. A figure is missing
    where the shop logs no such events, a purpose in `agreed` where nobody ever answered, and one in `addressed` where
    the shop keeps no such addresses here.
    """

    customer_id: pa.Array
    figures: Mapping[EventCall, Floats] = field(default_factory=dict)
    agreed: Mapping[str, Truths] = field(default_factory=dict)
    addressed: Mapping[str, Truths] = field(default_factory=dict)
