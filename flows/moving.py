"""Leaving the contacts of customers whose address is another contact's by now."""

from sqlalchemy import select

from pipeline.publish.destinations.mailchimp.mailchimp import Mailchimp
from pipeline.publish.destinations.outbox.outbox import Outbox
from pipeline.publish.destinations.outbox.tables import REMOTES


def leave_old_contacts(platform: Mailchimp, outbox: Outbox) -> None:
    """Empty the contacts that customers moved from, and forget what was told, so that the next sync tells everything.

    Whoever such a contact has passed on to is told everything, too. One that cannot be emptied is tried the next time.
    """
    for customer_id, contact_id in platform.moved.items():
        if not platform.empty(contact_id):
            customers = {customer_id, *_known_under(outbox, platform.name, contact_id)}
            for part in outbox.parts(platform.name):
                outbox.release(platform.name, part, sorted(customers))
    platform.moved.clear()


def _known_under(outbox: Outbox, destination: str, contact_id: str) -> list[str]:
    asked = select(REMOTES.c.customer_id).where(REMOTES.c.destination == destination, REMOTES.c.remote_id == contact_id)
    with outbox.engine.connect() as connection:
        return list(connection.scalars(asked))
