"""What Google Analytics 4 calls things, and what we do."""

from pipeline.events.tables import ITEM_PURCHASED, ORDER_PLACED, ORDER_REFUNDED
from pipeline.sources.shapes import TEXT

# Everything else is kept under its own name: session_start, scroll, view_item_list …
EVENT_NAMES = {
    "page_view": "page_viewed",
    "screen_view": "page_viewed",
    "view_item": "product_viewed",
    "search": "searched",
    "view_search_results": "searched",
    "add_to_cart": "cart_added",
    "remove_from_cart": "cart_removed",
    "begin_checkout": "checkout_started",
    "purchase": ORDER_PLACED,
    "ecommerce_purchase": ORDER_PLACED,
    "in_app_purchase": ORDER_PLACED,
    "refund": ORDER_REFUNDED,
    "login": "logged_in",
    "sign_up": "signed_up",
    "file_download": "content_downloaded",
    "video_progress": "video_watched",
    "video_complete": "video_watched",
    "notification_receive": "push_delivered",
    "notification_open": "push_opened",
    "app_store_subscription_renew": "subscription_renewed",
    "app_store_subscription_cancel": "subscription_cancelled",
}
# An event that is about products is a row for each of its items, and an order has one beside its own.
OF_EACH_ITEM = {name: name for name in ("product_viewed", "cart_added", "cart_removed")} | {
    ORDER_PLACED: ITEM_PURCHASED
}

CHANNELS = {"WEB": "web", "ANDROID": "app", "IOS": "app"}
# What stands where nothing is known.
UNSET = ("(not set)", "(none)", "(direct)", "(organic)", "(referral)", "(data deleted)", "<Other>")

# Parameters that have a column of ours; all others become properties.
PARAMETERS_WITH_A_COLUMN = (
    "page_location",
    "search_term",
    "engagement_time_msec",
    "currency",
    "transaction_id",
    "source",
    "campaign",
    "campaign_id",
)
PARAMETER = {"key": TEXT, "value": dict.fromkeys(("string_value", "int_value", "float_value", "double_value"), TEXT)}
ITEM = dict.fromkeys(
    ("item_id", "item_name", "item_brand", "item_variant", "item_category", "price", "quantity", "item_revenue"), TEXT
)
EVENT = dict.fromkeys(
    (
        "event_timestamp",
        "event_name",
        "event_bundle_sequence_id",
        "batch_page_id",
        "batch_ordering_id",
        "batch_event_index",
        "user_id",
        "user_pseudo_id",
        "platform",
    ),
    TEXT,
) | {
    "device": {"category": TEXT},
    "geo": {"country": TEXT},
    "traffic_source": {"source": TEXT},
    "collected_traffic_source": {"manual_source": TEXT, "manual_campaign_id": TEXT, "manual_campaign_name": TEXT},
    "ecommerce": dict.fromkeys(
        ("transaction_id", "purchase_revenue", "refund_value", "tax_value", "shipping_value"), TEXT
    ),
}
