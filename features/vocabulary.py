"""What a shop's features are about: its own categories, sources, devices and channels, learned and then kept.

A vocabulary is learned from the history that a model trains on and stored with the model, so that a column means the
same when it is scored as when it was learned; what is new since then falls under "other".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from pipeline.errors import FeatureError

OTHER = "other"
KEY_PAGES = ("pricing", "prices", "plans", "checkout", "cart", "delivery", "shipping", "returns", "contact", "quote")


@dataclass(frozen=True)
class Told:
    """One of the values that features tell apart: what a definition is given, and how column and definition call it.

    `unit` is what its column counts, empty where that is the same for all values.
    """

    given: object
    name: str
    words: str
    unit: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """The event types that a shop has, and the names and bounds that its features speak of.

    `terms` maps a field of the event log to its most frequent values, most frequent first. `price_bands` are the prices
    that part a third of the items sold from the next, empty for a shop that sells none. `key_pages` are words in the
    address of a page whose visit says more than others. `traits` maps the traits that a shop chose to their most
    frequent texts, to none for a number.
    """

    event_types: tuple[str, ...] = ()
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    price_bands: tuple[float, ...] = ()
    key_pages: tuple[str, ...] = KEY_PAGES
    traits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, name: str) -> tuple[str, ...]:
        """Return the values of a field that are told apart."""
        return tuple(self.terms.get(name, ()))

    def told_apart(self, name: str) -> tuple[Told, ...]:
        """Return the values of a field that are told apart and all others as one, or those of each "trait".

        What is given for a trait is its name beside the text, null for a number.
        """
        if name == "trait":
            by_name: dict[str, Told] = {}
            for trait, texts in self.traits.items():
                for told in _of_trait(trait, texts):
                    by_name.setdefault(told.name, told)
            return tuple(by_name.values())
        known = tuple(Told(value, slug(value), f'"{value}"') for value in self.of(name))
        return (*known, Told(OTHER, OTHER, f"another {name}")) if known else ()

    def as_dict(self) -> dict[str, Any]:
        """Return the vocabulary as JSON can hold it; `from_dict` reads it again."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "Vocabulary":
        """Return the vocabulary that `as_dict` told; FeatureError when something is missing or unknown."""
        expected = {each.name for each in fields(cls)}
        if set(told) != expected:
            raise FeatureError(
                f"Expected a vocabulary with {', '.join(sorted(expected))}, got {', '.join(sorted(told))}. "
                "Train the model again."
            )
        return cls(**{name: _frozen(value) for name, value in told.items()})


def slug(text: str) -> str:
    """Return text as part of a column's name: small letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_") or "unnamed"


def _of_trait(trait: str, texts: tuple[str, ...]) -> Iterator[Told]:
    if not texts:
        yield Told((trait, None), slug(trait), f'the number "{trait}", 1 for true and 0 for false', "number")
        return
    for text in texts:
        yield Told((trait, text), f"{slug(trait)}_{slug(text)}", f'1 when "{trait}" is "{text}", else 0', "flag")
    yield Told((trait, OTHER), f"{slug(trait)}_{OTHER}", f'1 when "{trait}" is something else, else 0', "flag")


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Return tuples as lists."""
    if isinstance(value, Mapping):
        return {name: list(each) for name, each in value.items()}
    return list(value)


def _frozen(value: Any) -> Any:  # noqa: ANN401
    """Return lists as tuples."""
    if isinstance(value, Mapping):
        return {name: tuple(each) for name, each in value.items()}
    return tuple(value)
