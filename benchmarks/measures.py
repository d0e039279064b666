"""Twelve measures in eight windows, 96 columns that any engine can compute: what our builder and Polars both answer."""

from dataclasses import dataclass
from datetime import timedelta

from pipeline.events.event_types import (
    CART_ADDED,
    EMAIL_CLICKED,
    EMAIL_DELIVERED,
    EMAIL_OPENED,
    ITEM_PURCHASED,
    ORDER_PLACED,
    PAGE_VIEWED,
    PRODUCT_VIEWED,
    SEARCHED,
)

WINDOWS = tuple(timedelta(days=days) for days in (1, 7, 14, 30, 60, 90, 180, 365))  # back from the cut-off


@dataclass(frozen=True)
class Measure:
    """How many events of a type, or the sum of one of their numbers, `field`, where there is one."""

    name: str
    event_type: str
    field: str | None = None

    def column(self, window: timedelta) -> str:
        """Return what the measure is called in a window, as features are."""
        return f"{self.name}_{window.days}d"


MEASURES = (
    Measure("page_views", PAGE_VIEWED),
    Measure("page_seconds", PAGE_VIEWED, "duration_seconds"),
    Measure("product_views", PRODUCT_VIEWED),
    Measure("searches", SEARCHED),
    Measure("cart_adds", CART_ADDED),
    Measure("orders", ORDER_PLACED),
    Measure("revenue", ORDER_PLACED, "amount"),
    Measure("items", ITEM_PURCHASED),
    Measure("pieces", ITEM_PURCHASED, "quantity"),
    Measure("emails", EMAIL_DELIVERED),
    Measure("email_opens", EMAIL_OPENED),
    Measure("email_clicks", EMAIL_CLICKED),
)
EVENT_TYPES = tuple(sorted({measure.event_type for measure in MEASURES}))
