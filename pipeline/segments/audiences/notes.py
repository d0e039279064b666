"""What an audience asks and a shop cannot tell, said in sentences and never in silence."""

from collections.abc import Collection, Iterator

from pipeline.errors import did_you_mean
from pipeline.segments.audiences.audience import Audience
from pipeline.segments.audiences.reach import LAST_ORDER, Reach, contacts_within, last_contact
from pipeline.segments.audiences.rules import ADDRESSES, purpose_in_words


def notes(audience: Audience, decided: Collection[str], reach: Reach) -> Iterator[str]:
    """Yield a sentence for each thing that could not be asked; `decided` are the names of the segments that were."""
    for name in audience.include:
        if name not in decided:
            yield f"Segment {name} could not be decided, so its members are not in the audience."
    for name in audience.exclude:
        if name not in decided:
            yield f"Segment {name} could not be decided, so nobody is left out for being in it."
    yield from _of_events(audience, reach)
    yield from _of_consent(audience, reach)


def _of_events(audience: Audience, reach: Reach) -> Iterator[str]:
    event, cap = audience.contact_event, audience.frequency_cap
    if audience.recent_buyers is not None and LAST_ORDER not in reach.figures:
        yield f"This shop logs no {LAST_ORDER.event_type}, so nobody is left out for having bought of late."
    if cap is not None and contacts_within(event, cap.within) not in reach.figures:
        yield f"This shop logs no {event}, so there is no frequency cap."
    if audience.quiet is not None and last_contact(event) not in reach.figures:
        yield f"This shop logs no {event}, so nobody is left out for having just been contacted."


def _of_consent(audience: Audience, reach: Reach) -> Iterator[str]:
    purpose = audience.consent
    if purpose not in reach.agreed:
        hint = did_you_mean(purpose, reach.agreed)
        yield f"No answer about {purpose_in_words(purpose)} is recorded, so there is nobody to contact.{hint}"
    if purpose in ADDRESSES and purpose not in reach.addressed:
        yield f"No {ADDRESSES[purpose]} is kept here, so nobody is left out for want of one."
