"""Numbers, money and dates as people write them; the same on every machine, whatever its locale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥", "INR": "₹", "CAD": "CA$", "AUD": "A$", "BRL": "R$"}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"
WHOLE_FROM = 100
"""Amounts from here on are shown without cents."""


@dataclass(frozen=True)
class Wording:
    """How one shop writes money and dates."""

    currency: str
    zone: ZoneInfo

    def money(self, amount: float | None) -> str:
        """Return an amount as `£1,120`, with cents if small; a dash where there is none."""
        if amount is None:
            return DASH
        sign = MINUS if amount < 0 else ""
        size = abs(amount)
        shown = f"{size:,.0f}" if size >= WHOLE_FROM or size == 0 else f"{size:,.2f}"
        return f"{sign}{symbol(self.currency)}{shown}"

    def date(self, moment: datetime) -> str:
        """Return the shop's date as `10 Sep 2010`."""
        local = moment.astimezone(self.zone)
        return f"{local.day} {MONTHS[local.month - 1]} {local.year}"

    def day(self, moment: datetime) -> str:
        """Return the shop's date without its year, as `10 Sep`."""
        return self.date(moment).rpartition(" ")[0]

    def weekday(self, moment: datetime) -> str:
        """Return the shop's date with its weekday, as `Fri 10 Sep 2010`."""
        return f"{DAYS[moment.astimezone(self.zone).weekday()]} {self.date(moment)}"

    def time(self, moment: datetime) -> str:
        """Return the shop's time of day as `23:58`."""
        local = moment.astimezone(self.zone)
        return f"{local.hour:02}:{local.minute:02}"


def symbol(currency: str) -> str:
    """Return what stands before an amount: `£`, or the code and a space for a currency without a sign of its own."""
    return SYMBOLS.get(currency, f"{currency}\N{NO-BREAK SPACE}")


def number(count: int) -> str:
    """Return a count with thousands separated."""
    return f"{count:,}"


def signed(count: int) -> str:
    """Return a change of a count with its sign, as `+22`; nothing before a zero."""
    return number(count) if count == 0 else f"{'+' if count > 0 else MINUS}{number(abs(count))}"


def percent(share: float | None) -> str:
    """Return a share in whole per cent, one decimal under 10 %; never 0 % or 100 % for what is neither."""
    if share is None:
        return DASH
    if 0 < share < 0.001:  # noqa: PLR2004 - what would round to nothing
        return "<0.1%"
    if 0 < share < 0.0995:  # noqa: PLR2004 - under ten per cent once rounded
        return f"{share:.1%}"
    return ">99%" if 0.995 <= share < 1 else f"{share:.0%}"  # noqa: PLR2004 - what would round to all


def chance(probability: float | None) -> str:
    """Return a probability in whole per cent: no model is surer than that."""
    return DASH if probability is None else f"{min(99, max(1, round(probability * 100)))}%"


def in_a_hundred(share: float) -> str:
    """Return a share as how many of a hundred."""
    return f"{round(share * 100)}"


def gap_in_a_hundred(gap: float) -> str:
    """Return a difference of shares as how many of a hundred, with its sign: per cent of what would be asked."""
    return f"{gap * 100:+.1f}".replace("-", MINUS)


def count_of(count: int, one: str) -> str:
    """Return a count with its noun: `1 customer`, `412 customers`."""
    return f"{number(count)} {one if count == 1 else one + 's'}"


def named(titles: Sequence[str], most: int = 3) -> str:
    """Return titles as a list in a sentence, in quotation marks; beyond `most` their number only."""
    quoted = [f"“{title}”" for title in titles]
    shown = quoted if len(quoted) <= most else [*quoted[:most], f"{len(quoted) - most} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def sentence(text: str) -> str:
    """Return text with a capital first letter and a full stop."""
    text = text.strip()
    ended = text if not text or text[-1] in ".!?…" else f"{text}."
    return ended[:1].upper() + ended[1:]
