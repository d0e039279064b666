"""What a shop's features are about: its own categories, sources, devices and channels, learned and then kept.

A vocabulary is learned from the history that a model trains on and stored with the model, so that a column means the
same when it is scored as when it was learned; what is new since then falls under "other".
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import ibis
import pyarrow as pa

from pipeline.errors import FeatureError
from pipeline.events.history import History
from pipeline.events.tables import ITEM_PURCHASED

OTHER = "other"
TERMS = {"category": 10, "source": 8, "device": 4, "channel": 6}  # how many of each are told apart
KEY_PAGES = ("pricing", "prices", "plans", "checkout", "cart", "delivery", "shipping", "returns", "contact", "quote")
BANDS = (1 / 3, 2 / 3)
TEXTS_OF_A_TRAIT = 8


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


def learn_vocabulary(
    history: History, *, key_pages: Sequence[str] | None = None, traits: Sequence[str] = ()
) -> Vocabulary:
    """Read off a history which types, categories, sources, devices, channels, prices and traits the shop has.

    `key_pages` are words in addresses, `KEY_PAGES` where a shop names none. `traits` are the only ones looked at; one
    of which the history says nothing is left out.
    """
    events = history.events
    return Vocabulary(
        event_types=tuple(sorted(_frequent(events, "event_type"))),
        terms={name: _distinct(_frequent(events, name), most) for name, most in TERMS.items()},
        price_bands=_bands(events),
        key_pages=KEY_PAGES if key_pages is None else tuple(key_pages),
        traits=_traits(history, traits),
    )


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


def _frequent(events: ibis.Table, name: str) -> list[str]:
    named = events.filter(events[name].notnull())
    counted = named.group_by(name).aggregate(events=named.count())
    ranked = ibis.get_backend(events).to_pyarrow(counted.order_by(ibis.desc("events"), name))
    return list(ranked[name].to_pylist())


def _distinct(ranked: Iterable[str], most: int) -> tuple[str, ...]:
    """Return the most frequent whose columns' names differ from each other and from "other"."""
    by_slug: dict[str, str] = {}
    for text in ranked:
        by_slug.setdefault(slug(text), text)
    return tuple(text for name, text in by_slug.items() if name != OTHER)[:most]


def _traits(history: History, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the most frequent texts of each trait that is known; none for one that is more often a number."""
    numbers: Counter[str] = Counter()
    texts: dict[str, Counter[str]] = {name: Counter() for name in names}
    for said in _said(history) if names else ():
        for name in names:
            match said.get(name):
                case str(text):
                    texts[name][text] += 1
                case int() | float():
                    numbers[name] += 1
    return {
        name: ()
        if numbers[name] > count.total()
        else _distinct(sorted(count, key=lambda one: (-count[one], one)), TEXTS_OF_A_TRAIT)
        for name, count in texts.items()
        if numbers[name] or count
    }


def _said(history: History) -> Iterable[dict[str, object]]:
    """Yield what every row about a customer says."""
    if history.people is None:
        return
    told = history.people.filter(history.people.traits.notnull()).select("traits")
    for batch in ibis.get_backend(told).to_pyarrow(told).to_batches():
        yield from map(json.loads, batch["traits"].to_pylist())


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


def _bands(events: ibis.Table) -> tuple[float, ...]:
    items = events.filter(events.event_type == ITEM_PURCHASED, events.amount.notnull())
    price = (items.amount / items.quantity.coalesce(1)).cast("float64")
    cuts = items.aggregate(**{f"at_{place}": price.quantile(share) for place, share in enumerate(BANDS)})
    found: pa.Table = ibis.get_backend(events).to_pyarrow(cuts)
    bounds = tuple(column[0].as_py() for column in found.columns)
    return () if None in bounds else tuple(round(float(bound), 2) for bound in bounds)
