"""Which way a task's score points: towards a customer who leaves, or one who stays and buys."""

from collections.abc import Iterator

from models.reasons.phrase import LEAVING, STAYING
from models.tasks import Task
from pipeline.conditions import nodes
from pipeline.conditions.nodes import Node
from pipeline.conditions.questions import EventCall
from pipeline.events import event_types as types

LOSSES = (types.EMAIL_UNSUBSCRIBED, types.SUBSCRIPTION_CANCELLED)
GAINS = (
    types.PAGE_VIEWED, types.PRODUCT_VIEWED, types.SEARCHED, types.CART_ADDED, types.CHECKOUT_STARTED,
    types.ORDER_PLACED, types.ITEM_PURCHASED, types.EMAIL_OPENED, types.EMAIL_CLICKED, types.EMAIL_FORWARDED,
    types.SMS_CLICKED, types.PUSH_OPENED, types.AD_CLICKED, types.CONTENT_DOWNLOADED, types.VIDEO_WATCHED,
    types.SIGNED_UP, types.LOGGED_IN, types.FEATURE_USED, types.SUBSCRIPTION_STARTED, types.SUBSCRIPTION_RENEWED,
)  # fmt: skip
TURNED_RIGHT = ("-", "/", ">", ">=")  # operators whose right side lowers what the left side raises
TURNED_LEFT = ("<", "<=")
TURNED_UNKNOWN = ("=", "!=")


def means_leaving(task: Task) -> bool | None:
    """Return LEAVING where a higher score is a customer's leaving, STAYING where it is their staying or buying.

    The target says it: never(order_placed) is the other way round than happened(order_placed), and
    happened(subscription_cancelled) than happened(subscription_renewed). None for a target that says neither, such as
    happened(support_contacted), or both: its reasons take no side.
    """
    votes = set(_votes(task.target_node, 1))
    if len(votes) != 1:
        return None
    return STAYING if votes == {1} else LEAVING


def _votes(node: Node, sign: int) -> Iterator[int]:
    """Yield 1 for each figure by which the node grows when customers stay, -1 when they leave, both for unknown."""
    match node:
        case EventCall():
            yield from _vote(node, sign)
        case nodes.Negative() | nodes.Not():
            yield from _votes(node.of, -sign)
        case nodes.Binary() if node.operator not in TURNED_UNKNOWN:
            left, right = _turns(node.operator)
            yield from _votes(node.left, sign * left)
            yield from _votes(node.right, sign * right)
        case nodes.All() | nodes.Any():
            for part in node.parts:
                yield from _votes(part, sign)
        case nodes.Value():
            return
        case _:
            yield from (1, -1)


def _vote(call: EventCall, sign: int) -> Iterator[int]:
    turned = -sign if call.function == "never" else sign
    if call.event_type in GAINS:
        yield turned
    elif call.event_type in LOSSES:
        yield -turned


def _turns(operator: str) -> tuple[int, int]:
    """Return the sign with which each side counts."""
    if operator in TURNED_LEFT:
        return -1, 1
    return 1, -1 if operator in TURNED_RIGHT else 1
