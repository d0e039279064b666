"""What a model card says of the time to come: the level to expect, how that held before, and the best list."""

from collections.abc import Iterator

from models.cards.words import Card

ASSUMPTIONS = {
    "margin": "margin, the share of a price that is left after the goods",
    "contact_cost": "cost of a contact",
    "offer_cost": "cost of an offer that is taken",
    "save_rate": "share of customers whom a contact moves",
}
COMES = {"keep": "who would leave", "win": "who would buy"}  # by what a contact is for
COMES_NOT = {"keep": "who would stay", "win": "who would not buy"}


def level(card: Card) -> str:
    """Return how many are expected and how far off that may be, in a sentence or two; empty for an amount."""
    told = (card.get("outlook") or {}).get("level")
    if not told:
        return ""
    season = (
        "The same season a year before was learned from."
        if told["season_seen"]
        else "The season to come was never seen, and the interval is wider for it."
    )
    return (
        f"Of {told['customers']:,} customers on {told['as_of'][:10]} it expects it to come true for "
        f"{told['expected_share']:.1%}; with 95 % certainty for {told['expected_share_low']:.1%} to "
        f"{told['expected_share_high']:.1%}. {season}"
    )


def best_list(card: Card) -> Iterator[tuple[str, str]]:
    """Yield what is told of the list with the most expected profit, by name; nothing for a task without money."""
    money = (card.get("outlook") or {}).get("money")
    if not money:
        return
    yield "From a chance of", "nobody" if money["threshold"] is None else f"{money['threshold']:.1%}"
    yield "Customers on it", f"{money['size']:,}"
    yield "Expected profit", f"{money['expected_profit']:,.2f} {money['currency']}"
    yield f"Of them {COMES[money['aim']]}", f"{money['true_positives']:,.0f}"
    yield f"Of them {COMES_NOT[money['aim']]}", f"{money['false_positives']:,.0f}"
    for name, words in ASSUMPTIONS.items():
        yield words.capitalize(), f"{money['assumptions'][name]:g}{', assumed' if name in money['assumed'] else ''}"
