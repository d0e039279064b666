"""A segment: a name, a condition, and what a marketer needs to act on it."""

import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.conditions.check import Kind, check_truth
from pipeline.conditions.nodes import Column, Node, walk
from pipeline.conditions.parse import parse
from pipeline.conditions.questions import event_calls
from pipeline.errors import ConditionError, did_you_mean
from pipeline.segments.profiles import PREDICTIONS


class SegmentKind(StrEnum):
    """What decides: a rule over features, a prediction, or the cluster."""

    RULE = "rule"
    PREDICTED = "predicted"
    CLUSTER = "cluster"


def _title(given: dict[str, Any]) -> str:
    return str(given["name"]).replace("_", " ").capitalize()


class Segment(BaseModel):
    """A named decision about a customer.

    `exclude` names segments whose members a campaign to this one leaves out; they stay members. `holdout` is the share
    of members whom campaigns must not touch. `score` is the column a list shows, `best_first` the one it is ordered by,
    highest first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)]
    when: str
    title: str = Field(default_factory=_title)
    description: str = ""
    send: str = ""
    do_not_send: str = ""
    stay_while: str | None = None
    exclude: Annotated[tuple[str, ...], Field(strict=False)] = ()
    holdout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    owner: str = ""
    score: str | None = None
    best_first: str = "revenue_365d"

    @model_validator(mode="after")
    def _conditions_can_be_read(self) -> Self:
        for condition in self.conditions:
            if calls := event_calls(condition):
                call = min(calls, key=lambda call: call.at.offset)
                raise call.at.error("columns only", f'"{call.function}"', " Segments cannot count events yet.")
        return self

    @property
    def condition(self) -> Node:
        """Who enters."""
        return parse(self.when, f"segment {self.name}, when")

    @property
    def staying(self) -> Node | None:
        """Who stays after having entered, though the condition no longer holds."""
        return None if self.stay_while is None else parse(self.stay_while, f"segment {self.name}, stay_while")

    @property
    def conditions(self) -> tuple[Node, ...]:
        """The condition and, where there is one, what keeps a member."""
        return (self.condition,) if self.staying is None else (self.condition, self.staying)

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that decide, each once, in reading order."""
        nodes = (node for condition in self.conditions for node in walk(condition))
        return tuple(dict.fromkeys(node.name for node in nodes if isinstance(node, Column)))

    @property
    def kind(self) -> SegmentKind:
        """What decides, by the columns that are read."""
        if "cluster" in self.reads:
            return SegmentKind.CLUSTER
        return SegmentKind.PREDICTED if PREDICTIONS.keys() & set(self.reads) else SegmentKind.RULE

    @property
    def score_column(self) -> str | None:
        """The column given as `score`, else the first predicted number that is read, else none."""
        predicted = (name for name in self.reads if PREDICTIONS.get(name) == Kind.NUMBER)
        return self.score or next(predicted, None)

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns without which the segment cannot be decided: those that it reads, and its score."""
        return self.reads if self.score is None else (*self.reads, self.score)

    @property
    def features(self) -> tuple[str, ...]:
        """The columns that are no predictions: those that decide, that are shown, and that the list is ordered by."""
        named = dict.fromkeys((*self.needs, self.best_first))
        return tuple(name for name in named if name not in PREDICTIONS)

    @property
    def definition_version(self) -> str:
        """Twelve hexadecimal digits that change whenever the definition does."""
        return hashlib.sha256(self.model_dump_json(exclude_defaults=True).encode()).hexdigest()[:12]

    def check(self, columns: Mapping[str, Kind]) -> None:
        """Raise a ConditionError unless the conditions and the score make sense over these columns."""
        for condition in self.conditions:
            check_truth(condition, columns)
        if self.score is not None and columns.get(self.score) is not Kind.NUMBER:
            numbers = [name for name, kind in columns.items() if kind is Kind.NUMBER]
            hint = did_you_mean(self.score, numbers)
            raise ConditionError(f'segment {self.name}, score: expected a column of numbers, got "{self.score}".{hint}')


def read_by(segments: Iterable[Segment]) -> tuple[str, ...]:
    """Return every feature that any of the segments reads, shows or is ordered by, each once."""
    return tuple(dict.fromkeys(name for segment in segments for name in segment.features))
