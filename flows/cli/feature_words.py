"""How a feature is put in words: what it needs of a shop, and what it is worth in the example."""

from collections.abc import Iterator

from features.example import Entry, WorkedExample
from features.families.kinds import ON_SITE
from features.feature import FeatureColumn
from flows.cli.printing import shown
from pipeline.events.event_types import EVENT_TYPES

ANY, AT_THE_SHOP = "any event", "anything done in shop or app"


def needs_in_words(column: FeatureColumn) -> str:
    """Return which events a shop must log to have the feature."""
    groups = [tuple(_kinds(group)) for group in column.needs]
    if len(groups) == 1:
        return " or ".join(groups[0])
    return " and ".join(f"({' or '.join(group)})" if group[1:] else group[0] for group in groups) or "no event"


def value_in_words(value: float | None) -> str:
    """Return a number without the zeros that say nothing."""
    if value is None:
        return shown(None)
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def answer_in_words(example: WorkedExample) -> str:
    """Return the sentence that ends a worked example."""
    column = example.column
    if example.value is None:
        return f"{column.name} has no value: null {column.null}."
    return f"{column.name} = {value_in_words(example.value)} ({column.unit})"


def details_in_words(entry: Entry) -> str:
    """Return all that an event says beside when and what."""
    return ", ".join(f"{name} {value}" for name, value in entry.details.items())


def _kinds(group: tuple[str, ...]) -> Iterator[str]:
    """Yield event types, many of them under one name."""
    left = dict.fromkeys(group)
    for name, types in ((ANY, tuple(EVENT_TYPES)), (AT_THE_SHOP, ON_SITE)):
        if left.keys() >= set(types):
            yield name
            left = {each: None for each in left if each not in types}
    yield from left
