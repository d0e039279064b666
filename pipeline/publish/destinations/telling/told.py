"""What a sync told a platform, counted, and what it would tell."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.publish.destinations.destination import Part, Receipt, Row
from pipeline.publish.destinations.telling.differences import Difference
from pipeline.publish.destinations.telling.entries import takes_back


@dataclass(frozen=True)
class PartTold:
    """What became of one part's customers.

    `sent` were told of and taken; `withdrawn` were taken back, or off the list; `refused` by the platform and
    `withheld` by us are counted by reason; `unchanged` needed no telling.
    """

    part: Part
    sent: int
    withdrawn: int
    unchanged: int
    refused: Mapping[str, int]
    withheld: Mapping[str, int]


@dataclass(frozen=True)
class Told:
    """What a platform was told of a publication; `recovered` rows had arrived before an earlier sync was cut short."""

    destination: str
    publication_id: str
    parts: tuple[PartTold, ...]
    recovered: int = 0


@dataclass(frozen=True)
class PartPreview:
    """How many customers a sync would tell of in one part, as in `PartTold`, and how the first of them would change."""

    part: Part
    sent: int
    withdrawn: int
    unchanged: int
    withheld: Mapping[str, int]
    rows: tuple[Difference, ...]


@dataclass
class Tally:
    """The counts of one part while it is told."""

    part: Part
    withheld: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    withdrawn: int = 0
    unchanged: int = 0

    @property
    def taken(self) -> int:
        """How many rows the platform took."""
        return self.sent + self.withdrawn

    def count(self, rows: Sequence[Row], receipt: Receipt) -> None:
        """Add what became of rows."""
        back = sum(takes_back(self.part, row) for row in rows if row.customer_id not in receipt.rejected)
        self.refused.update(receipt.rejected.values())
        self.withdrawn += back
        self.sent += len(rows) - len(receipt.rejected) - back

    def told(self) -> PartTold:
        """Return the counts as they are now."""
        refused, withheld = ({name: some[name] for name in sorted(some)} for some in (self.refused, self.withheld))
        return PartTold(self.part, self.sent, self.withdrawn, self.unchanged, refused, withheld)
