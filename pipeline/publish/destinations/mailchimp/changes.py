"""What is to change about a member at Mailchimp, and whether it has."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import md5

from pipeline.publish.destinations.destination import Row
from pipeline.publish.destinations.texts import same_text
from pipeline.publish.plain import Json

FIELD = "*|"  # begins the name of a merge field, see `MailchimpDestination.told_name`


@dataclass(frozen=True)
class Held:
    """What Mailchimp holds of a member: merge fields by their tags, and the names of its tags in lower case."""

    contact_id: str
    fields: Mapping[str, Json]
    tags: Collection[str]


@dataclass(frozen=True)
class Change:
    """Merge fields to write, null where one is to be emptied, and tags to give or take away."""

    row: Row
    fields: Mapping[str, Json]
    tags: Mapping[str, bool]

    @classmethod
    def of_profile(cls, row: Row) -> "Change":
        """Sort a profile's values: what is named as a merge field, `*|RISK|*`, goes there, and segments are tags.

        Null for a segment takes away its tag, as it is told of no longer.
        """
        fields = {name[2:-2]: value for name, value in row.values.items() if name.startswith(FIELD)}
        others = {name: value for name, value in row.values.items() if not name.startswith(FIELD)}
        tags = {name: bool(value) for name, value in others.items() if value is None or isinstance(value, bool)}
        return cls(row, fields, tags)

    @property
    def name(self) -> str:
        """How Mailchimp's paths name the member: by the hash of the address; empty where nothing is known.

        A withdrawal goes by the contact's id, as the address may be another one by now, or none.
        """
        if self.row.is_withdrawal and self.row.remote_id:
            return self.row.remote_id
        return subscriber_hash(self.row.address) if self.row.address else ""

    def is_held_by(self, held: Held | None) -> bool:
        """Return whether Mailchimp holds it; who is no member holds nothing that could be withdrawn."""
        if held is None:
            return self.row.is_withdrawal and bool(self.name)
        return all(same_text(value, held.fields.get(tag)) for tag, value in self.fields.items()) and all(
            (name.lower() in held.tags) == given for name, given in self.tags.items()
        )


def subscriber_hash(address: str) -> str:
    """Return the name that Mailchimp gives a member: the MD5 hash of the address in lower case."""
    return md5(address.lower().encode(), usedforsecurity=False).hexdigest()
