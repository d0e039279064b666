"""What is known of a customer beside events: only the traits that a shop names in `[features]`, none by default.

A trait that is told in words has a column for each of its most frequent words and one for all others, 1 or 0. A trait
that is a number has one column. The newest row about the customer counts.
"""

from features.column import Column, Constant
from features.customer import Customer
from features.feature import feature
from features.vocabulary import OTHER


@feature("flag or number", "traits", values="trait", null="when it says nothing of it")
def trait(customer: Customer, value: tuple[str, str | None]) -> Column:
    """What the newest row about the customer says: the value."""
    name, text = value
    if text != OTHER:
        return customer.trait(name, text)
    others: Column = Constant(1)
    for known in customer.vocabulary.traits[name]:
        others = others - customer.trait(name, known)
    return others


FEATURES = (trait,)
