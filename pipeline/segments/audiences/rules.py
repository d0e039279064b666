"""What speaks against contacting a member of an audience, in the order in which it is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from pipeline.conditions.questions import EventCall
from pipeline.segments.audiences.audience import Audience
from pipeline.segments.audiences.reach import LAST_ORDER, Reach, contacts_within, last_contact
from pipeline.segments.stays import Places, Truths
from pipeline.windows.arrays import Floats

Codes = npt.NDArray[np.int32]

DAY = timedelta(days=1)
PURPOSES: Mapping[str, str] = MappingProxyType({"email": "e-mail", "sms": "text messages", "push": "push messages"})
ADDRESSES: Mapping[str, str] = MappingProxyType({"email": "e-mail address", "sms": "telephone number"})


@dataclass(frozen=True)
class Members:
    """The members of an audience: `places` in the arrays of `reach`, rising.

    `excluded` says by excluded segment which of them are in it, in the audience's order; `held_out` who is held out.
    """

    audience: Audience
    reach: Reach
    places: Places
    excluded: Mapping[str, Truths]
    held_out: Truths

    def figure(self, question: EventCall) -> Floats | None:
        """Return each member's figure; None where the shop logs no such events."""
        known = self.reach.figures.get(question)
        return None if known is None else known[self.places]


@dataclass(frozen=True)
class Objections:
    """What one rule says of every member: the place of its words in `reasons`, or -1 where it says nothing."""

    reasons: tuple[str, ...]
    codes: Codes


def purpose_in_words(purpose: str) -> str:
    """Return what is consented to, as in "no consent to e-mail"."""
    return PURPOSES.get(purpose, purpose.replace("_", " "))


def days_in_words(count: int) -> str:
    """Return whole days as in "bought 3 days ago"."""
    if count == 0:
        return "less than a day"
    return "1 day" if count == 1 else f"{count} days"


def last_days(within: timedelta) -> str:
    """Return a time until tonight as in "bought in the last 14 days"."""
    return "the last day" if within == DAY else f"the last {days_in_words(within.days)}"


def _excluded(members: Members) -> Objections:
    codes = np.full(len(members.places), -1, np.int32)
    for code, mask in reversed(list(enumerate(members.excluded.values()))):
        codes[mask] = code
    return Objections(tuple(f"excluded segment {name}" for name in members.excluded), codes)


def _recent_buyers(members: Members) -> Objections:
    limit, days = members.audience.recent_buyers, members.figure(LAST_ORDER)
    if limit is None or days is None:
        return _nothing(members)
    return _told_by_number(days <= limit / DAY, days, "bought {} ago", days_in_words)


def _frequency_cap(members: Members) -> Objections:
    cap = members.audience.frequency_cap
    if cap is None:
        return _nothing(members)
    times = members.figure(contacts_within(members.audience.contact_event, cap.within))
    if times is None:
        return _nothing(members)
    return _told_by_number(times >= cap.contacts, times, f"contacted {{}} in {last_days(cap.within)}", _times)


def _quiet(members: Members) -> Objections:
    limit, days = members.audience.quiet, members.figure(last_contact(members.audience.contact_event))
    if limit is None or days is None:
        return _nothing(members)
    return _told_by_number(days <= limit / DAY, days, "contacted {} ago", days_in_words)


def _no_consent(members: Members) -> Objections:
    purpose = members.audience.consent
    agreed = members.reach.agreed.get(purpose, np.zeros(len(members.reach.customer_id), np.bool_))
    return _told(~agreed[members.places], f"no consent to {purpose_in_words(purpose)}")


def _no_address(members: Members) -> Objections:
    purpose = members.audience.consent
    if purpose not in members.reach.addressed:
        return _nothing(members)
    return _told(~members.reach.addressed[purpose][members.places], f"no {ADDRESSES.get(purpose, 'address')}")


def _held_out(members: Members) -> Objections:
    return _told(members.held_out, "held out")


RULES: Mapping[str, Callable[[Members], Objections]] = MappingProxyType(
    {
        "excluded": _excluded,
        "recent_buyer": _recent_buyers,
        "frequency_cap": _frequency_cap,
        "quiet": _quiet,
        "no_consent": _no_consent,
        "no_address": _no_address,
        "held_out": _held_out,
    },
)
"""By name, in order: the first that objects is the one recorded.

The holdout comes last, so that those held out are as many as asked for of those who would have been contacted.
"""


def _nothing(members: Members) -> Objections:
    return Objections((), np.full(len(members.places), -1, np.int32))


def _told(mask: Truths, reason: str) -> Objections:
    return Objections((reason,), np.where(mask, 0, -1).astype(np.int32))


def _told_by_number(mask: Truths, numbers: Floats, form: str, words: Callable[[int], str]) -> Objections:
    """Return a reason for each whole number that there is among those concerned."""
    whole = np.floor(numbers[mask]).astype(np.int64)
    found, place = np.unique(whole, return_inverse=True)
    codes = np.full(len(mask), -1, np.int32)
    codes[mask] = place
    return Objections(tuple(form.format(words(int(number))) for number in found), codes)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
