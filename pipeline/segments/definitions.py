"""Which definition of each segment was in force when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise


@dataclass(frozen=True)
class Definition:
    """A version of a segment's definition, and the first moment at which it decided."""

    since: datetime
    version: str


@dataclass(frozen=True)
class Definitions:
    """By segment, the definitions that it had, oldest first, up to a moment."""

    moment: datetime
    of: Mapping[str, tuple[Definition, ...]]

    def redefined_within(self, span: timedelta) -> dict[str, int]:
        """Return how often each segment changed in the last `span`, counting what had not stood for as long before.

        A definition that has stood for longer may be given up: that is a decision, not unrest.
        """
        return {name: self._hasty(definitions, span) for name, definitions in self.of.items()}

    def _hasty(self, definitions: tuple[Definition, ...], span: timedelta) -> int:
        changes = pairwise(definitions)
        return sum(new.since - old.since < span and self.moment - new.since < span for old, new in changes)


def definitions_over(runs: Iterable[tuple[datetime, Mapping[str, str]]]) -> Definitions:
    """Return the definitions of runs, each a moment and the version of every segment that it decided.

    Of several runs of one moment the last counts. A run that left a segment out says nothing of it.
    """
    once = dict(sorted(dict(runs).items()))
    found: dict[str, tuple[Definition, ...]] = {}
    for moment, versions in once.items():
        for name, version in versions.items():
            before = found.get(name, ())
            if not before or before[-1].version != version:
                found[name] = (*before, Definition(moment, version))
    return Definitions(max(once), found)
