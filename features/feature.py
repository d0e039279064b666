"""A feature: a function whose name is its column and whose docstring is its definition."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from features.customer import Column, Customer
from pipeline.windows.requests import Window

Definition = Callable[..., Column]


@dataclass(frozen=True)
class FeatureColumn:
    """One column of a feature matrix, as the catalogue describes it.

    `unit` is what a value counts ("orders", "days", "ratio", "money"), `null` says when there is no value, and `topic`
    names the meaning under which reasons group features.
    """

    name: str
    unit: str
    definition: str
    null: str
    topic: str


@dataclass(frozen=True)
class Feature:
    """A definition and what it is called; with windows it yields one column for each."""

    definition: Definition
    unit: str
    topic: str
    null: str
    windows: tuple[Window, ...]

    def columns(self) -> Iterator[tuple[FeatureColumn, Column]]:
        """Yield each column's description beside what it asks for."""
        name, meaning = self.definition.__name__, inspect.cleandoc(self.definition.__doc__ or "")
        if not self.windows:
            yield FeatureColumn(name, self.unit, meaning, self.null, self.topic), self.definition(Customer())
        for window in self.windows:
            described = FeatureColumn(
                f"{name}_{window.label}",
                self.unit,
                meaning.replace("the window", _words(window)),
                self.null,
                self.topic,
            )
            yield described, self.definition(Customer(), window)


def feature(
    unit: str, topic: str, *, windows: tuple[int | None, ...] = (), null: str = "never"
) -> Callable[[Definition], Feature]:
    """Turn a function of a customer, and of a window where there are `windows`, into a feature.

    `windows` are days before the cut-off, None for the whole history. `null` says in words when there is no value.
    """

    def described(definition: Definition) -> Feature:
        return Feature(definition, unit, topic, null, tuple(Window(days) for days in windows))

    return described


def _words(window: Window) -> str:
    return "the whole history" if window.days is None else f"the last {window.days} days"
