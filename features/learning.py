"""Reading off a history what a shop's features tell apart; nothing of what came of anybody."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence

import ibis
import pyarrow as pa

from features.vocabulary import KEY_PAGES, OTHER, Vocabulary, slug
from pipeline.events.history import History
from pipeline.events.tables import ITEM_PURCHASED

TERMS = {"category": 10, "source": 8, "device": 4, "channel": 6}  # how many of each are told apart
BANDS = (1 / 3, 2 / 3)
TEXTS_OF_A_TRAIT = 8


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


def _bands(events: ibis.Table) -> tuple[float, ...]:
    items = events.filter(events.event_type == ITEM_PURCHASED, events.amount.notnull())
    price = (items.amount / items.quantity.coalesce(1)).cast("float64")
    cuts = items.aggregate(**{f"at_{place}": price.quantile(share) for place, share in enumerate(BANDS)})
    found: pa.Table = ibis.get_backend(events).to_pyarrow(cuts)
    bounds = tuple(column[0].as_py() for column in found.columns)
    return () if None in bounds else tuple(round(float(bound), 2) for bound in bounds)
