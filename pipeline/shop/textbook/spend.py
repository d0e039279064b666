"""What past orders say of the worth of those to come: the closed form of Gamma-Gamma, given its parameters."""

from pipeline.shop.arrays import Floats
from pipeline.shop.textbook.parameters import SpendParameters


def expected_order_value(orders: Floats, mean_value: Floats, parameters: SpendParameters) -> Floats:
    """Return what a customer's orders are worth on average in the long run, of shape (n,), in money.

    Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value, E(M | p, q, gamma, mean of z, x): the mean of
    p / nu where, after x orders, nu is Gamma(q + p x, gamma + x mean). Here x counts the first order too, since its
    value is drawn like the others'. Without orders it is the mean of all customers.
    """
    p, q, gamma = parameters.p, parameters.q, parameters.gamma
    return p * (gamma + orders * mean_value) / (p * orders + q - 1)
