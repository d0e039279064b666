"""What predicted lists and rules have in common, in a marketer's words."""

from collections.abc import Iterator

from models.tasks import Task
from pipeline.conditions.nodes import Node
from pipeline.conditions.questions import EventCall
from pipeline.events.event_types import ORDER_PLACED
from pipeline.segments.versus.lead_time import LeadTime
from pipeline.segments.versus.shares import Share

NO_ORDER, AN_ORDER = (EventCall(function, ORDER_PLACED) for function in ("never", "happened"))


def happened_in_words(task: Task) -> str:
    """Return what counts as having happened: "no order within 90 days"."""
    known: dict[Node, str] = {NO_ORDER: "no order", AN_ORDER: "an order"}
    return f"{known.get(task.target_node, task.target)} within {task.horizon_days:g} days"


def lead_in_words(lead: LeadTime) -> str:
    """Return how early the list was and how many never came so far, in one to three sentences."""
    return " ".join(_sentences(lead))


def _sentences(lead: LeadTime) -> Iterator[str]:
    rule, days, named = f"{lead.silence_days:g}-day rule", lead.lead_days, lead.named_before + lead.named_after
    if days is None:
        yield f"The model named nobody before the {rule} who then reached it."
    elif lead.named_after > lead.named_before:
        yield (
            f"The model named most of them only after the {rule}, {lead.named_after:,} of {named:,}. The others it "
            f"named {days.median:.0f} days before; {percent(lead.never_reached)} of those never reached it."
        )
    else:
        yield (
            f"The model named them {days.median:.0f} days before the {rule}; {percent(lead.never_reached)} never "
            "reached it."
        )
        if lead.named_after:
            yield f"So it named {lead.named_before:,} of {named:,}, the others only after that rule."
    if lead.shorter_rule_days is not None:
        yield (
            f"A plain rule as early names {lead.shorter_rule_named:,} after {lead.shorter_rule_days:g} days; of those, "
            f"{percent(lead.shorter_rule_never_reached)} never reach {lead.silence_days:g}."
        )


def percent(share: Share) -> str:
    """Return a share as "61 %", a dash of none."""
    return "\N{EN DASH}" if share.value is None else f"{100 * share.value:.0f} %"


def percent_between(share: Share) -> str:
    """Return a share with its interval: "61 % (58 to 64)"; of few customers, with a word of caution instead."""
    if share.low is None or share.high is None:
        return percent(share) if share.value is None else f"{percent(share)} (of few)"
    return f"{percent(share)} ({100 * share.low:.0f} to {100 * share.high:.0f})"
