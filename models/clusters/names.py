"""A readable name for each cluster, from what sets its customers apart from all others."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from models.clusters.space import TASTE
from models.clusters.words import ADJECTIVES, CLAUSES, Typical, Word

ONE_ORDER = 1.5  # the middle customer has one order
LONG_AGO, RECENT, NEW = 1.5, 0.7, 0.5  # of the typical days since the last order, and since the first
NEW_DAYS = 120  # since the first order, at most
MANY, MUCH, LITTLE = 2.0, 1.5, 0.6  # of the typical orders and spend
FOND, FONDER = 0.25, 1.5  # of the items in one category: their share, and that over everybody's
TASTES = 2  # categories in a name, at most

Middle = Mapping[str, float]


def name_apart(
    each: Sequence[Typical], everybody: Typical, kept: Sequence[str | None], ids: Sequence[str]
) -> list[str]:
    """Return distinct names of clusters, given what is typical of each: the name kept, else a true one.

    The others have the shortest name that nobody else has; where no words help, their place by spend is added, and at
    last their id.
    """
    longer = [[old] if old else list(_longer(own, everybody)) for own, old in zip(each, kept, strict=True)]
    names = [texts[0] for texts in longer]
    for step in range(1, max(map(len, longer), default=1)):
        names = [
            texts[min(step, len(texts) - 1)] if names.count(name) > 1 else name
            for texts, name in zip(longer, names, strict=True)
        ]
    spend = [own.middle.get("revenue_lifetime", 0.0) for own in each]
    names = [name if kept[number] else _distinct(number, names, spend) for number, name in enumerate(names)]
    return [
        f"{name} ({own_id})" if names.count(name) > 1 and not old else name
        for name, own_id, old in zip(names, ids, kept, strict=True)
    ]


def _longer(own: Typical, everybody: Typical) -> Iterator[str]:
    """Yield ever longer names, all of them true."""
    tempo, clauses = _tempo(own.middle, everybody.middle), own.said(CLAUSES, everybody)
    # Who has lapsed is not steady, however steady the gaps once were.
    told = next((text for text in own.said(ADJECTIVES, everybody) if (tempo, text) != ("lapsed", "steady")), "")
    noun = _noun(own, everybody, by_spend="basket" not in told)
    first = f"{tempo} {told} {noun}"
    yield from (_capital(text) for text in (first, *(f"{first} {clause}" for clause in clauses)))


def _capital(text: str) -> str:
    plain = " ".join(text.split())
    return plain[:1].upper() + plain[1:]


def _tempo(own: Middle, usual: Middle) -> str:
    if not own:
        return "empty"
    waited = own["days_since_last_order"] / max(usual["days_since_last_order"], 1)
    known = own["days_since_first_order"] / max(usual["days_since_first_order"], 1)
    if waited >= LONG_AGO:
        return "lapsed"
    if known <= NEW and own["days_since_first_order"] <= NEW_DAYS:
        return "new"
    if own["orders_lifetime"] >= max(MANY * usual["orders_lifetime"], 2):
        return "frequent"
    return "recent" if waited <= RECENT else ""


def _noun(own: Typical, everybody: Typical, *, by_spend: bool) -> str:
    if not own.middle:
        return "cluster"
    tastes = " and ".join(_tastes(own, everybody))
    fond = f"of {tastes}" if tastes else ""
    if own.middle["orders_lifetime"] < ONE_ORDER:
        return f"one-time buyers {fond}"
    if fond:
        return f"buyers {fond}"
    spend, usual = own.middle["revenue_lifetime"], everybody.middle["revenue_lifetime"]
    if by_spend and spend >= MUCH * usual:
        return "big spenders"
    return "small spenders" if by_spend and spend <= LITTLE * usual else "repeat buyers"


def favourites(own: Typical) -> list[str]:
    """Return the columns of categories, what they buy most of first; empty in a shop that tells none apart."""
    tastes = {name: value for name, value in own.middle.items() if name.startswith(TASTE) and "_other_" not in name}
    return sorted(tastes, key=lambda name: -tastes[name])


def _tastes(own: Typical, everybody: Typical) -> list[str]:
    """Return the categories that they buy most of and are fonder of than everybody, in the order of the alphabet."""
    fond = Word("", "", high=True, ratio=FONDER, least=FOND)
    found = (name for name in favourites(own) if fond.holds(own.middle[name], everybody.middle[name]))
    return sorted(category(name) for name in islice(found, TASTES))


def category(column: str) -> str:
    """Return the category that a column is about, in words."""
    return column.removeprefix(TASTE).removesuffix("_lifetime").replace("_", " ")


def _distinct(number: int, names: Sequence[str], spend: Sequence[float]) -> str:
    """Return a cluster's name, with its place by spend where others share the name."""
    alike = sorted((n for n, text in enumerate(names) if text == names[number]), key=lambda n: -spend[n])
    if len(alike) == 1:
        return names[number]
    if number == alike[0]:
        return f"{names[number]}, highest spend"
    if number == alike[-1]:
        return f"{names[number]}, lowest spend"
    return f"{names[number]}, spend level {alike.index(number) + 1}"
