"""The settings of money: what a contact costs and what it may bring."""

from typing import Annotated

from pydantic import Field

from pipeline.settings.values import Frozen, Share

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class MoneySettings(Frozen):
    """What it costs to contact a customer, and what it may bring; what is left out is assumed, and said to be.

    `margin` is the share of net spend that is left after the goods. `contact_cost` is what one e-mail, letter or call
    costs, `offer_cost` what the shop gives away with an offer that is taken, both in the shop's currency. `save_rate`
    is the share of those about to leave whom a contact keeps, as held-out customers have shown.
    """

    margin: Share | None = None
    contact_cost: Amount | None = None
    offer_cost: Amount | None = None
    save_rate: Share | None = None
