"""Kinds of events that several families speak of, by who did what and where."""

from pipeline.events.event_types import (
    CART_ADDED,
    CART_REMOVED,
    CHECKOUT_STARTED,
    CONTENT_DOWNLOADED,
    FEATURE_USED,
    LOGGED_IN,
    PAGE_VIEWED,
    PRODUCT_VIEWED,
    SEARCHED,
    SIGNED_UP,
    VIDEO_WATCHED,
)

# What people can only do themselves, in the shop or its app. Orders, refunds, support and subscriptions may come from a
# till, a telephone or a clock; mail, text messages, surveys and advertisements are met elsewhere, before a visit.
ON_SITE = (
    PAGE_VIEWED,
    PRODUCT_VIEWED,
    SEARCHED,
    CART_ADDED,
    CART_REMOVED,
    CHECKOUT_STARTED,
    SIGNED_UP,
    LOGGED_IN,
    FEATURE_USED,
    CONTENT_DOWNLOADED,
    VIDEO_WATCHED,
)
