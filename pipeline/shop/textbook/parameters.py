"""The known parameters of the textbook process, in the papers' letters."""

from dataclasses import astuple, dataclass

from pipeline.errors import UserError

NEAREST_TO_A_POLE = 1e-6  # the difference of two numbers this close keeps about ten of sixteen digits


@dataclass(frozen=True)
class PurchaseParameters:
    """BG/NBD: a customer orders at a rate of Gamma(r, alpha) and leaves after a repeat order with chance Beta(a, b).

    `alpha` is a time, in the unit of every other time. Raises UserError for a number that is not above zero, and where
    the closed form of the expected orders divides by zero: at a = 1 and at a + b = 1.
    """

    r: float
    alpha: float
    a: float
    b: float

    def __post_init__(self) -> None:
        if not all(value > 0 for value in astuple(self)):
            raise UserError(f"BG/NBD parameters must be above zero, got {self}. Try r=0.8, alpha=45, a=0.6, b=3.")
        if min(abs(self.a - 1), abs(self.a + self.b - 1)) < NEAREST_TO_A_POLE:
            raise UserError(f"BG/NBD's expected orders need a and a + b other than 1, got {self}. Try a=1.001.")


@dataclass(frozen=True)
class SpendParameters:
    """Gamma-Gamma: an order is worth Gamma(p, nu), where a customer's nu is Gamma(q, gamma).

    `gamma` is money. Raises UserError for a number that is not above zero and for q <= 1, where no mean is finite.
    """

    p: float
    q: float
    gamma: float

    def __post_init__(self) -> None:
        if not (self.p > 0 and self.q > 1 and self.gamma > 0):
            raise UserError(f"Gamma-Gamma needs p and gamma above zero and q above 1, got {self}. Try q=3.74.")


@dataclass(frozen=True)
class Parameters:
    """How customers order, in days, and what they spend."""

    purchases: PurchaseParameters
    spend: SpendParameters


# Six of ten customers with an order in the last year stay away for 90 days, about as in the other simulated shop; what
# they spend is as estimated from CDNOW in Fader and Hardie (2013).
LIVELY = Parameters(PurchaseParameters(r=0.8, alpha=45, a=0.6, b=3), SpendParameters(p=6.25, q=3.74, gamma=15.44))
