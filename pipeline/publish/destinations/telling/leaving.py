"""Leaving the contacts of customers whose address is another contact's by now."""

from typing import Protocol, runtime_checkable

from pipeline.publish.destinations.destination import Platform
from pipeline.publish.destinations.outbox.outbox import Outbox


@runtime_checkable
class KnowsByAddress(Protocol):
    """A platform that knows people by address, which may pass on from one contact to another.

    `moved` are customers whose address was another contact's than the one that holds what was told of them, each with
    that one's id.
    """

    moved: dict[str, str]

    def empty(self, contact_id: str) -> str:
        """Take away from a contact all that may come from here; return why not, or an empty text."""
        ...


def leave_old_contacts(platform: Platform, outbox: Outbox) -> None:
    """Empty the contacts that customers moved from, and forget what was told, so that the next sync tells everything.

    Whoever such a contact has passed on to is told everything, too. One that cannot be emptied is tried the next time.
    """
    if not isinstance(platform, KnowsByAddress):
        return
    for customer_id, contact_id in platform.moved.items():
        if not platform.empty(contact_id):
            customers = {customer_id, *outbox.known_under(platform.name, contact_id)}
            for part in outbox.parts(platform.name):
                outbox.release(platform.name, part, sorted(customers))
    platform.moved.clear()
