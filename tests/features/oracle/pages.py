"""Visits to the shop's own pages, naively: the event that begins each."""

from tests.features.oracle.past import Past, Row
from tests.features.oracle.sequence import in_order

ON_PAGES = (
    "page_viewed",
    "product_viewed",
    "searched",
    "cart_added",
    "cart_removed",
    "checkout_started",
    "signed_up",
    "logged_in",
    "feature_used",
    "content_downloaded",
    "video_watched",
)


def visits(past: Past, *others: str) -> list[Row]:
    """The events that begin visits; events of other types may be part of them."""
    return [visit[0] for visit in past.visits(in_order(past.of(*ON_PAGES, *others)))]
