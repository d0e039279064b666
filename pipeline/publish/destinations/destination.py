"""What a destination is: a place outside that holds what was published.

There are two kinds. A *whole* one (files, a database) is given a publication and takes it over in one step. A
*platform* (Klaviyo, HubSpot, …) keeps profiles and lists behind an API, is told in batches what differs from what it
holds, and may answer for each row or not at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from pipeline.publish.plain import Json
from pipeline.publish.published import Publication


class Kept(StrEnum):
    """What a platform keeps of a customer."""

    PROFILE = "profile"
    LIST = "list"


@dataclass(frozen=True)
class Part:
    """One thing that a platform keeps: the profiles, or one list. `remote` is the platform's own id of the list."""

    kept: Kept
    name: str = ""
    remote: str = ""

    def __str__(self) -> str:
        """Name the part as people and the outbox do: `profile`, `list vip`."""
        return f"{self.kept} {self.name}".strip()


PROFILES = Part(Kept.PROFILE)
MEMBER = "member"  # the one value of a row about a list


@dataclass(frozen=True)
class Row:
    """What one customer's entry in a part is to become.

    `values` of a profile are the properties that differ, null where one is to be taken away; of a list, whether the
    customer is on it: `{"member": true}`. `address` is an e-mail address, None where none is known; it was looked up
    for this row just now and is written nowhere. `remote_id` is the platform's own id for the customer, None where it
    has not told one. `is_withdrawal`: the customer is no longer to be told of; only taking away is allowed.
    """

    customer_id: str
    values: Mapping[str, Json]
    address: str | None = None
    remote_id: str | None = None
    is_withdrawal: bool = False


@dataclass(frozen=True)
class Batch:
    """Rows of one part that go together. `batch_id` stays the same if the batch is sent again.

    `noted_rows` is how many there were when a batch was noted that is to be recovered, also of those who are no longer
    to be told of.
    """

    batch_id: str
    part: Part
    rows: tuple[Row, ...]
    noted_rows: int = 0


@dataclass(frozen=True)
class Receipt:
    """What became of a batch: the platform holds every row now but the `rejected`, each with its reason.

    A reason holds no personal data. `remote_ids` are the platform's ids of customers, as far as it told them.
    """

    rejected: Mapping[str, str] = field(default_factory=dict)
    remote_ids: Mapping[str, str] = field(default_factory=dict)


class Platform(Protocol):
    """A marketing platform behind an API. Every request sets values, so that sending one twice changes nothing.

    None of its requests may subscribe anybody or lift a suppression.
    """

    name: str

    def batches(self, part: Part, rows: Sequence[Row]) -> Iterator[tuple[Row, ...]]:
        """Cut rows, in their order, into batches that one call of `send` takes."""
        ...

    def send(self, batch: Batch) -> Receipt:
        """Tell the platform of a batch and wait until it says what became of it.

        BatchRefusedError where it refuses the batch as a whole, so that it can be tried in halves; DestinationError
        where there is no use in going on.
        """
        ...

    def recover(self, batch: Batch) -> Receipt:
        """Find out what became of a batch whose answer was lost: ask, or send it once more under the same id.

        Rows that the platform does not hold are `rejected`; they go again with the next differences. `rows` are those
        that may still be told, perhaps none: a platform that is still at work on the others is waited for all the same.
        """
        ...


class Whole(Protocol):
    """A destination that takes over a publication in one step, or again without harm."""

    name: str

    def deliver(self, publication: Publication, *, forgotten: bool = False) -> Mapping[str, int]:
        """Take over a publication; return how many rows or files changed, by what they are.

        `forgotten` says that somebody was since the last time: what may name them, and no publication can clean any
        more, is let go of. DestinationError where that cannot be done, and then what was there before stands.
        """
        ...

    def preview(self, publication: Publication, *, forgotten: bool = False) -> Mapping[str, int]:
        """Return what `deliver` would, and change nothing."""
        ...
