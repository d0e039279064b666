"""Who may be contacted for a purpose, and where: consent and addresses as known at a moment."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import ibis

from pipeline.events.consent import consented, refused
from pipeline.events.identity import joined, resolutions
from pipeline.events.store import Store
from pipeline.events.tables import CUSTOMERS, IDENTITIES

EMAIL = "email"
CHANNELS = (EMAIL, "sms", "push")
"""The purposes that are a way of contact; any other is a shop's own and goes by e-mail."""
ADDRESS_FIELDS: Mapping[str, str] = MappingProxyType({EMAIL: "email", "sms": "phone"})
"""The field of a customer with the address that consent to a purpose speaks of."""


def agreed(store: Store, purpose: str, as_of: datetime) -> ibis.Table:
    """Return the `customer_id` of everyone who agreed to a purpose, as known at `as_of`.

    A purpose of the shop's own goes by e-mail: who refuses all e-mail refuses it too.
    """
    consents = store.consents(as_of)
    those = consented(consents, purpose, as_of)
    return those if purpose in CHANNELS else those.anti_join(refused(consents, EMAIL, as_of), "customer_id")


def address_field(purpose: str) -> str | None:
    """Return the field of a customer that a purpose needs; None where no address of ours is needed, as for push."""
    return ADDRESS_FIELDS.get(purpose, None if purpose in CHANNELS else EMAIL)


def addresses(store: Store, field: str, as_of: datetime) -> ibis.Table:
    """Return `customer_id`, `address` and `received_at`: the latest of everybody of whom one was known at `as_of`.

    What came under an alias counts for the customer whose alias it is. Consent is not asked.
    """
    people = store.read(CUSTOMERS).select("customer_id", "received_at", address=field)
    known = joined(people, resolutions(store.read(IDENTITIES), as_of)).select("customer_id", "received_at", "address")
    known = known.filter(known.received_at < as_of, known.address.notnull())
    order = (known.received_at.desc(), known.address.asc())
    ranked = known.mutate(place=ibis.row_number().over(group_by=known.customer_id, order_by=order))
    return ranked.filter(ranked.place == 0).select("customer_id", "address", "received_at")
