"""A segment: a name, a condition, and what a marketer needs to act on it."""

import hashlib
import json
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.conditions.check import check_truth
from pipeline.conditions.known import Kind, Known
from pipeline.conditions.nodes import Column, Node, walk
from pipeline.conditions.parse import parse
from pipeline.conditions.questions import Asked, asked
from pipeline.errors import ConditionError, did_you_mean

CLUSTER = "cluster"
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)]
Tag = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)]


class SegmentKind(StrEnum):
    """What decides: a rule over features, a prediction, or the cluster."""

    RULE = "rule"
    PREDICTED = "predicted"
    CLUSTER = "cluster"


class Variant(BaseModel):
    """Another way to decide a segment, for a shop that lacks what the first one names.

    It has a condition of its own, and whatever else it gives stands in the place of what the segment says. Nothing of
    the segment's `stay_while` is left, as that belongs to the condition that is replaced.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    when: str
    stay_while: str | None = None
    description: str = ""
    send: str = ""
    do_not_send: str = ""
    score: str | None = None
    best_first: str = ""


def _title(given: dict[str, Any]) -> str:
    return str(given["name"]).replace("_", " ").capitalize()


class Segment(BaseModel):
    """A named decision about a customer.

    `variants` are tried in order where a shop lacks what `when` names. `exclude` names segments whose members a
    campaign to this one leaves out; they stay members. `holdout` is the share of members whom campaigns must not touch.
    `score` is the column a list shows, `best_first` the one it is ordered by, highest first. `tags` are for finding it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Name
    when: str
    title: str = Field(default_factory=_title)
    description: str = ""
    send: str = ""
    do_not_send: str = ""
    stay_while: str | None = None
    variants: Annotated[tuple[Variant, ...], Field(strict=False)] = ()
    exclude: Annotated[tuple[str, ...], Field(strict=False)] = ()
    holdout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    owner: str = ""
    tags: Annotated[tuple[Tag, ...], Field(strict=False)] = ()
    score: str | None = None
    best_first: str = "revenue_365d"

    @model_validator(mode="after")
    def _conditions_can_be_read(self) -> Self:
        for place, definition in self._places():
            definition._parsed(place)  # noqa: SLF001 - of this class
        return self

    @property
    def condition(self) -> Node:
        """Who enters."""
        return self.conditions[0]

    @property
    def staying(self) -> Node | None:
        """Who stays after having entered, though the condition no longer holds."""
        return None if self.stay_while is None else self.conditions[1]

    @property
    def conditions(self) -> tuple[Node, ...]:
        """The condition and, where there is one, what keeps a member."""
        return self._parsed(f"segment {self.name}")

    @property
    def definitions(self) -> tuple["Segment", ...]:
        """The segment itself, then as each of its variants says."""
        return (self, *(self._with(variant) for variant in self.variants))

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that decide, each once, in reading order."""
        nodes = (node for condition in self.conditions for node in walk(condition))
        return tuple(dict.fromkeys(node.name for node in nodes if isinstance(node, Column)))

    @property
    def asks(self) -> frozenset[Asked]:
        """What decides and is no column: figures of events, sequences, other segments, consents."""
        return frozenset().union(*(asked(condition) for condition in self.conditions))

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns without which the segment cannot be decided: those that it reads, and its score."""
        return self.reads if self.score is None else (*self.reads, self.score)

    @property
    def definition_version(self) -> str:
        """Twelve hexadecimal digits that change whenever what decides does, in the segment or in a variant of it."""
        conditions = [(definition.when, definition.stay_while) for definition in self.definitions]
        return hashlib.sha256(json.dumps([self.name, *conditions]).encode()).hexdigest()[:12]

    def kind(self, predicted: Collection[str]) -> SegmentKind:
        """What decides, by the columns that are read, of which models wrote those named in `predicted`."""
        if CLUSTER in self.reads:
            return SegmentKind.CLUSTER
        return SegmentKind.RULE if frozenset(predicted).isdisjoint(self.reads) else SegmentKind.PREDICTED

    def score_column(self, predicted: Mapping[str, Kind]) -> str | None:
        """The column given as `score`, else the first predicted number that is read, else none."""
        numbers = (name for name in self.reads if predicted.get(name) == Kind.NUMBER)
        return self.score or next(numbers, None)

    def features(self, predicted: Collection[str]) -> tuple[str, ...]:
        """The columns that are no predictions: those that decide, that are shown, and that the list is ordered by."""
        named = dict.fromkeys((*self.needs, self.best_first))
        return tuple(name for name in named if name not in predicted)

    def check(self, known: Known) -> None:
        """Raise a ConditionError unless the conditions and the score make sense of what is known; not the variants'."""
        self._check(known, f"segment {self.name}")

    def check_all(self, known: Known) -> None:
        """Do what `check` does for every definition, those of variants too."""
        for place, definition in self._places():
            definition._check(known, place)  # noqa: SLF001 - of this class

    def _places(self) -> list[tuple[str, "Segment"]]:
        """Return every definition, and where it stands in words."""
        name = f"segment {self.name}"
        places = [name, *(f"{name}, variant {number}" for number, _ in enumerate(self.variants, 1))]
        return list(zip(places, self.definitions, strict=True))

    def _with(self, variant: Variant) -> "Segment":
        differs = {"stay_while": None, "variants": (), **variant.model_dump(exclude_unset=True)}
        return self.model_copy(update=differs)

    def _parsed(self, place: str) -> tuple[Node, ...]:
        condition = parse(self.when, f"{place}, when")
        return (condition,) if self.stay_while is None else (condition, parse(self.stay_while, f"{place}, stay_while"))

    def _check(self, known: Known, place: str) -> None:
        for condition in self._parsed(place):
            check_truth(condition, known)
        if self.score is not None and known.columns.get(self.score) is not Kind.NUMBER:
            numbers = [name for name, kind in known.columns.items() if kind is Kind.NUMBER]
            hint = did_you_mean(self.score, numbers)
            raise ConditionError(f'{place}, score: expected a column of numbers, got "{self.score}".{hint}')
