"""What came out when predicted lists were held against rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flows.hindsight.words import happened_in_words, lead_in_words
from flows.overlap.replaying import Replay
from models.tasks import Task
from pipeline.segments.versus.lead_time import LeadTime
from pipeline.segments.versus.overlap import Overlap
from pipeline.segments.versus.pairs import Pair


@dataclass(frozen=True)
class Beside:
    """A list of the model's beside the rule's.

    The lead is over a rule of silence alone: null for a rule of something else, and for a prediction of something else.
    `filled_share` is the share of the list who were not on the predicted one, as that was too short.
    """

    lists: Overlap
    lead: LeadTime | None
    filled_share: float

    def to_json(self) -> dict[str, Any]:
        """Return everything by name."""
        return {
            **self.lists.to_json(),
            "filled_share": self.filled_share,
            "lead_time": self.lead and self.lead.to_json(),
            "in_words": self.lead and lead_in_words(self.lead),
        }


@dataclass(frozen=True)
class Compared:
    """A pair as the lists would have been, with the model's as long as the rule's, and so among those not there yet.

    `task` says what was predicted and so what counts as having happened. `early` is a list as long as the rule's of
    those who had not been silent for as long as the rule waits; null for a rule of something else.
    """

    pair: Pair
    task: Task
    listed: Beside
    equal: Beside
    early: Beside | None

    def to_json(self) -> dict[str, Any]:
        """Return everything by name."""
        return {
            "predicted": self.pair.predicted,
            "rule": self.pair.rule,
            "task": self.task.name,
            "horizon_days": self.task.horizon_days,
            "happened": happened_in_words(self.task),
            "as_listed": self.listed.to_json(),
            "equal_size": self.equal.to_json(),
            "early": self.early and self.early.to_json(),
        }


@dataclass(frozen=True)
class Overlaps:
    """Every pair that could be compared, at which replays, and why the others could not."""

    replays: tuple[Replay, ...]
    compared: tuple[Compared, ...]
    left_out: Mapping[Pair, str]

    def to_json(self) -> dict[str, Any]:
        """Return everything by name."""
        left_out = [{"predicted": pair.predicted, "rule": pair.rule, "why": why} for pair, why in self.left_out.items()]
        return {
            "replays": [one.to_json() for one in self.replays],
            "pairs": [one.to_json() for one in self.compared],
            "left_out": left_out,
        }
