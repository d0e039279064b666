"""Telling a platform what differs from what it has confirmed: nothing lost, nothing twice, none against their will."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from pipeline.publish.destinations.destination import Platform, Row
from pipeline.publish.destinations.outbox.outbox import Outbox
from pipeline.publish.destinations.telling.addresses import Addresses
from pipeline.publish.destinations.telling.delivery import Delivery
from pipeline.publish.destinations.telling.differences import Difference, Differences, differences
from pipeline.publish.destinations.telling.entries import takes_back
from pipeline.publish.destinations.telling.leaving import leave_old_contacts
from pipeline.publish.destinations.telling.ready import Readiness
from pipeline.publish.destinations.telling.told import PartPreview, Tally, Told
from pipeline.publish.destinations.telling.wanted import Wanted, WantedPart, no_more_wanted, wanted
from pipeline.publish.published import Publication
from pipeline.settings.destinations import PlatformSettings

CUT_FROM = 20_000
"""So many rows are given to a platform to cut into batches at a time."""


def sync_platform(  # noqa: PLR0917 - all of them differ in kind
    platform: Platform,
    settings: PlatformSettings,
    publication: Publication,
    outbox: Outbox,
    addresses: Addresses,
    now: datetime,
) -> Told:
    """Tell a platform what differs between what the publication wants of it and what it has confirmed.

    First what was under way when an earlier sync was cut short is cleared up; then come the profiles, then the lists.
    SettingsError before anything is sent. DestinationError where there is no use in going on: what was confirmed by
    then stands in the outbox, the rest goes next time.
    """
    everything = wanted(publication, settings, addresses)
    outbox.claim(settings.name, identity(settings))
    delivery = Delivery(platform, Readiness(settings.name, outbox, addresses), everything.told_names, now)
    try:
        recovered = sum(delivery.recover(batch) for batch in outbox.noted(settings.name))
        parts = (*everything.parts, *no_more_wanted(everything, outbox.parts(settings.name)))
        told = tuple(_tell(part, everything, delivery).told() for part in parts)
    finally:
        leave_old_contacts(platform, outbox)
    outbox.tidy(settings.name)
    outbox.mark_told(settings.name, publication.publication_id, now)
    return Told(settings.name, publication.publication_id, told, recovered)


def preview_platform(
    settings: PlatformSettings,
    publication: Publication,
    outbox: Outbox,
    addresses: Addresses,
    first: int | None = None,
) -> tuple[PartPreview, ...]:
    """Return what `sync_platform` would tell, by part, with the `first` rows of each, or all of them."""
    everything = wanted(publication, settings, addresses)
    parts = (*everything.parts, *no_more_wanted(everything, outbox.parts(settings.name)))
    return tuple(_preview(part, everything, outbox, settings.name, first) for part in parts)


def identity(settings: PlatformSettings) -> str:
    """Say what a destination is, so that another one under the same name is noticed."""
    told = settings.model_dump(include={"to", "url", "audience"}, exclude_none=True)
    return " ".join(str(told[name]) for name in ("to", "url", "audience") if name in told)


def _tell(part: WantedPart, everything: Wanted, delivery: Delivery) -> Tally:
    """Tell all that differs in one part, and drop the refusals of whom nothing is to be told any more.

    Taking back comes first: an address may have passed on to somebody else, of whom it then holds what is told last.
    """
    tally = Tally(part.part, Counter(everything.withheld.get(part.part, {})))
    refused: set[str] = set()
    for rows in (_leaving(part, everything, delivery, tally), _coming(part, everything, delivery, tally)):
        while some := list(islice(rows, CUT_FROM)):
            state = delivery.readiness.addresses.state
            ready = delivery.readiness.ready(part.part, some, tally.withheld)
            for batch in delivery.platform.batches(part.part, ready):
                refused |= delivery.deliver(part.part, batch, state, tally)
    delivery.outbox.keep_refused(delivery.readiness.destination, part.part, frozenset(refused))
    return tally


def _leaving(part: WantedPart, everything: Wanted, delivery: Delivery, tally: Tally) -> Iterator[Row]:
    """Yield the rows that take back, and let go of whom there is nothing to take back."""
    outbox, destination = delivery.outbox, delivery.readiness.destination
    for some in differences(part, outbox, destination, everything.told_of):
        if some.done_with:
            outbox.release(destination, part.part, some.done_with)
            tally.withdrawn += len(some.done_with)
        yield from (row for row in _rows(some) if takes_back(part.part, row))


def _coming(part: WantedPart, everything: Wanted, delivery: Delivery, tally: Tally) -> Iterator[Row]:
    """Yield the rows that tell something, and count who needs no telling."""
    for some in differences(part, delivery.outbox, delivery.readiness.destination, everything.told_of):
        tally.unchanged += some.unchanged
        yield from (row for row in _rows(some) if not takes_back(part.part, row))


def _rows(some: Differences) -> Iterator[Row]:
    return (difference.to_send() for difference in some.rows)


def _preview(part: WantedPart, everything: Wanted, outbox: Outbox, destination: str, first: int | None) -> PartPreview:
    leaving: list[Difference] = []
    coming: list[Difference] = []
    sent = withdrawn = unchanged = 0
    for some in differences(part, outbox, destination, everything.told_of):
        back = [row for row in some.rows if takes_back(part.part, row.to_send())]
        told = [row for row in some.rows if not takes_back(part.part, row.to_send())]
        sent += len(told)
        withdrawn += len(back) + len(some.done_with)
        unchanged += some.unchanged
        leaving += back if first is None else back[: first - len(leaving)]
        coming += told if first is None else told[: first - len(coming)]
    withheld = everything.withheld.get(part.part, {})
    return PartPreview(part.part, sent, withdrawn, unchanged, withheld, (*leaving, *coming)[:first])
