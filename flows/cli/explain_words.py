"""What is known of one customer, in words, as the command line prints it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flows.cli.printing import shown
from pipeline.publish.report.wording import count_of

PERCENT = ("margin", "save_rate")
MANY = 100  # from which decimals tell nobody anything


def task_in_words(said: Mapping[str, Any], currency: str) -> Iterator[str]:
    """Yield the lines about one task: what it says, of this customer beside the others, why, and what follows."""
    yield f"{said['task']}: {_figure(said, currency)}{_standing(said)}"
    yield f"  {said['says']}"
    yield from (f"  • {reason}" for reason in said["reasons"])
    if said["value_at_stake"] is not None:
        yield f"  At stake: {money(said['value_at_stake'], currency)}"
    if said["contact"] is not None:
        yield f"  {_contact(said['contact'], currency)}"


def outlook_in_words(predictions: Mapping[str, Any], currency: str) -> Iterator[str]:
    """Yield what is predicted beside the tasks."""
    if "expected_next_order_at" in predictions:
        yield f"Next order expected: {_next_order(predictions)}"
    if "expected_value_365d" in predictions:
        yield f"Expected to spend within a year: {money(predictions['expected_value_365d'], currency)}"
    if "cluster" in predictions:
        yield f"Cluster: {predictions['cluster']}"


def _next_order(predictions: Mapping[str, Any]) -> str:
    day = f"{predictions['expected_next_order_at']:%Y-%m-%d}"
    if "expected_next_order_from" not in predictions:
        return day
    first, last = (predictions[f"expected_next_order_{end}"] for end in ("from", "until"))
    return f"{day}, in eight of ten cases from {first:%Y-%m-%d} to {last:%Y-%m-%d}"


def assumed_in_words(tasks: Sequence[Mapping[str, Any]], currency: str) -> Iterator[str]:
    """Yield what was assumed of the shop's money, where any of it was."""
    for economics in [said["contact"]["economics"] for said in tasks if said["contact"]][:1]:
        if economics["assumed"]:
            rests = ", ".join(_stated(name, economics, currency) for name in economics["assumed"])
            yield f"What a contact brings is assumed, not measured: {rests}."


def own_values(because: Mapping[str, Any]) -> str:
    """Return the customer's own values of what decides a segment: "orders_365d 6, percentile of revenue_365d 93"."""
    ranks = {f"percentile of {name}": rank for name, rank in because["percentiles"].items()}
    told = {**because["own"], **ranks, **because["asked"]}
    return ", ".join(f"{name} {_short(value)}" for name, value in told.items())


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() or abs(value) >= MANY else f"{value:,.2f}"
    return shown(value)


def percent(share: float) -> str:
    """Return "62 %"."""
    return f"{share * 100:.0f} %"


def money(amount: float, currency: str) -> str:
    """Return "£120.30"."""
    return f"{'-' if amount < 0 else ''}{currency}{abs(amount):,.2f}"


def _figure(said: Mapping[str, Any], currency: str) -> str:
    match said["unit"]:
        case "probability":
            return percent(said["prediction"])
        case "money":
            return money(said["prediction"], currency)
        case _:
            return f"{said['prediction']:,.2f}"


def _standing(said: Mapping[str, Any]) -> str:
    band = f", {said['band']} risk" if said["band"] else ""
    if said["percentile"] is None:
        return band
    return f"{band}, higher than {percent(said['percentile'] / 100)} of {said['among']:,} customers"


def _contact(contact: Mapping[str, Any], currency: str) -> str:
    """Return what it brings to write, and to whom it pays most."""
    best = contact["best_list"]
    told = f"A contact is expected to bring {money(contact['expected_profit'], currency)}."
    if best["threshold"] is None:
        return f"{told} It pays for nobody."
    pays = f"{told} It pays most from {percent(best['threshold'])} on, for {count_of(best['size'], 'customer')}."
    return f"{pays} A likely order is not one that a contact brings." if contact["aim"] == "win" else pays


def _stated(name: str, economics: Mapping[str, Any], currency: str) -> str:
    value = economics[name]
    return f"{name.replace('_', ' ')} {percent(value) if name in PERCENT else money(value, currency)}"
