"""A feature: a function whose name is its column and whose docstring is its definition."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from features.column import Column, Combined, Filled, Requested
from features.customer import Customer
from features.vocabulary import Told, Vocabulary
from pipeline.windows.requests import Request, Window

Definition = Callable[..., Column]


@dataclass(frozen=True)
class FeatureColumn:
    """One column of a feature matrix, as the catalogue describes it.

    `unit` is what a value counts ("orders", "days", "ratio", "money"), `null` says when there is no value, `topic`
    names the meaning under which reasons group features, `family` the file that defines it, and `events` the event
    types that it reads. A shop that has none of one group of them in `needs` does not have the feature.
    """

    name: str
    unit: str
    definition: str
    null: str
    topic: str
    family: str = ""
    events: tuple[str, ...] = ()
    needs: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Feature:
    """A definition and what it is called; it yields one column for each window and each value of `values`.

    `values` names what the vocabulary tells apart: a field of the event log, or "trait".
    """

    definition: Definition
    unit: str
    topic: str
    null: str
    windows: tuple[Window, ...]
    values: str | None = None

    @property
    def family(self) -> str:
        """The name of the file that defines it."""
        return family_of(self.definition)

    def columns(self, vocabulary: Vocabulary) -> Iterator[tuple[FeatureColumn, Column]]:
        """Yield each column's description beside what it asks for."""
        for value in self._values(vocabulary):
            for window in self.windows or (None,):
                yield self._column(vocabulary, value, window)

    def outline(self, vocabulary: Vocabulary) -> Iterator[tuple[FeatureColumn, FeatureColumn]]:
        """Yield a description for all values at once, such as `visits_<source>_90d`, beside that of the first value.

        A feature without values is its own outline; one of whose values the vocabulary knows none has no outline.
        """
        for value in self._values(vocabulary)[:1]:
            every = value and replace(value, name=f"<{self.values}>", words=f"one {self.values}", unit="")
            for window in self.windows or (None,):
                yield self._column(vocabulary, every, window)[0], self._column(vocabulary, value, window)[0]

    def _values(self, vocabulary: Vocabulary) -> tuple[Told | None, ...]:
        return (None,) if self.values is None else vocabulary.told_apart(self.values)

    def _column(
        self, vocabulary: Vocabulary, value: Told | None, window: Window | None
    ) -> tuple[FeatureColumn, Column]:
        given: list[Any] = [*([value.given] if value else []), *([window] if window else [])]
        asked = self.definition(Customer(vocabulary), *given)
        name = [self.definition.__name__, *([value.name] if value else []), *([window.label] if window else [])]
        meaning, null = inspect.cleandoc(self.definition.__doc__ or ""), self.null
        if value:
            meaning = meaning.replace("the value", value.words)
        if window:
            meaning, null = (text.replace("the window", _words(window)) for text in (meaning, null))
        unit = (value and value.unit) or self.unit
        described = FeatureColumn(
            "_".join(name), unit, meaning, null, self.topic, self.family, events_of(asked), needs_of(asked)
        )
        return described, asked


def feature(
    unit: str, topic: str, *, windows: tuple[int | None, ...] = (), values: str | None = None, null: str = "never"
) -> Callable[[Definition], Feature]:
    """Turn a function of a customer, of a value where there are `values` and of a window where there are `windows`.

    `windows` are days before the cut-off, None for the whole history. `values` names a field whose values the
    vocabulary tells apart. `null` says in words when there is no value.
    """

    def described(definition: Definition) -> Feature:
        return Feature(definition, unit, topic, null, tuple(Window(days) for days in windows), values)

    return described


def family_of(definition: Definition) -> str:
    """Return the name of the file that defines a feature."""
    return definition.__module__.rsplit(".", 1)[-1]


def requests_of(column: Column) -> Iterator[Request]:
    """Yield what a column asks of the event log."""
    match column:
        case Requested(request):
            yield request
        case Filled(inner, _):
            yield from requests_of(inner)
        case Combined(_, left, right):
            yield from requests_of(left)
            yield from requests_of(right)
        case _:
            return


def events_of(column: Column) -> tuple[str, ...]:
    """Return the event types that a column reads, in order."""
    return tuple(sorted({name for group in needs_of(column) for name in group}))


def needs_of(column: Column) -> tuple[tuple[str, ...], ...]:
    """Return the groups of event types that a column reads, each once; without any of one, there is nothing to say."""
    return tuple(dict.fromkeys(group for request in requests_of(column) for group in request.needed))


def is_answerable(column: Column, event_types: frozenset[str]) -> bool:
    """Tell whether a shop that has these event types has the column: whether it has one of each group."""
    return all(not event_types.isdisjoint(group) for group in needs_of(column))


def _words(window: Window) -> str:
    if window.days is None:
        return "the whole history"
    return "the last day" if window.days == 1 else f"the last {window.days} days"
