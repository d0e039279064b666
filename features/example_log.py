"""The history of one invented customer of an invented tea shop: some sixty events that touch every event type."""

from collections.abc import Mapping
from datetime import UTC, datetime

from features.vocabulary import Vocabulary
from pipeline.events.event_types import EVENT_TYPES

EXAMPLE_AS_OF = datetime(2026, 3, 1, tzinfo=UTC)

EXAMPLE_VOCABULARY = Vocabulary(
    event_types=tuple(EVENT_TYPES),
    terms={
        "category": ("tea", "pots"),
        "source": ("google", "newsletter"),
        "device": ("mobile", "desktop"),
        "channel": ("web", "store"),
    },
    price_bands=(12.0, 30.0),
    traits={"plan": ("gold", "free"), "points": ()},
)

WEB, APP, STORE = {"channel": "web"}, {"channel": "app", "device": "mobile"}, {"channel": "store"}
MOBILE, DESKTOP = {**WEB, "device": "mobile"}, {**WEB, "device": "desktop"}
TEAPOT, CUPS = {"product_id": "teapot", "category": "pots"}, {"product_id": "cups", "category": "pots"}
SENCHA, OOLONG = {"product_id": "sencha", "category": "tea"}, {"product_id": "oolong", "category": "tea"}

LOG: tuple[tuple[str, str, Mapping[str, object]], ...] = (
    ("2023-11-24 19:58", "ad_clicked", {**MOBILE, "source": "google", "campaign_id": "gifts"}),
    ("2023-11-24 19:58", "page_viewed", {**MOBILE, "source": "google", "page": "/"}),
    ("2023-11-24 20:03", "product_viewed", {**MOBILE, **TEAPOT}),
    ("2023-11-24 20:07", "signed_up", MOBILE),
    ("2023-11-24 20:15", "order_placed", {**MOBILE, "order_id": "1", "amount": 38}),
    ("2023-11-24 20:15", "item_purchased", {**MOBILE, "order_id": "1", **TEAPOT, "quantity": 1, "amount": 38}),
    ("2024-03-09 11:20", "order_placed", {**STORE, "order_id": "2", "amount": 18}),
    ("2024-03-09 11:20", "item_purchased", {**STORE, "order_id": "2", **OOLONG, "quantity": 2, "amount": 18}),
    ("2024-05-02 07:30", "email_complained", {"campaign_id": "may"}),
    ("2024-05-02 07:31", "email_unsubscribed", {"campaign_id": "may"}),
    ("2025-03-15 09:00", "email_delivered", {"campaign_id": "spring"}),
    ("2025-03-15 12:10", "email_opened", {"campaign_id": "spring"}),
    ("2025-03-15 12:11", "email_clicked", {"campaign_id": "spring"}),
    ("2025-03-15 12:11", "page_viewed", {**DESKTOP, "source": "newsletter", "page": "/offers"}),
    ("2025-03-15 12:25", "order_placed", {**DESKTOP, "order_id": "3", "amount": 27, "discount": 3}),
    (
        "2025-03-15 12:25",
        "item_purchased",
        {**DESKTOP, "order_id": "3", **SENCHA, "quantity": 3, "amount": 27, "discount": 3},
    ),
    ("2025-03-24 18:00", "survey_answered", {"properties": '{"score": 9}'}),
    ("2025-06-01 06:00", "subscription_started", {"amount": 15}),
    ("2025-07-01 06:00", "subscription_renewed", {"amount": 15}),
    ("2025-07-20 21:05", "subscription_cancelled", {}),
    ("2025-08-01 09:00", "email_bounced", {"campaign_id": "summer"}),
    ("2025-10-01 09:00", "email_delivered", {"campaign_id": "autumn"}),
    ("2025-10-01 19:45", "email_opened", {"campaign_id": "autumn"}),
    ("2025-10-04 15:30", "order_placed", {**STORE, "order_id": "4", "amount": 24}),
    ("2025-10-04 15:30", "item_purchased", {**STORE, "order_id": "4", **OOLONG, "quantity": 2, "amount": 24}),
    ("2025-10-09 10:00", "support_contacted", {"channel": "telephone", "duration_seconds": 240}),
    ("2025-10-11 12:00", "order_refunded", {**STORE, "order_id": "4", "amount": 12}),
    ("2025-12-01 06:00", "subscription_started", {"amount": 15}),
    ("2026-01-01 06:00", "subscription_renewed", {"amount": 15}),
    ("2026-01-10 09:00", "email_delivered", {"campaign_id": "new year"}),
    ("2026-01-12 20:29", "ad_clicked", {**MOBILE, "source": "google", "campaign_id": "sencha"}),
    ("2026-01-12 20:30", "searched", {**MOBILE, "source": "google", "query": "sencha"}),
    ("2026-01-12 20:32", "product_viewed", {**MOBILE, **SENCHA}),
    ("2026-01-12 20:35", "cart_added", {**MOBILE, **SENCHA, "quantity": 1, "amount": 10}),
    ("2026-01-12 20:36", "cart_added", {**MOBILE, **CUPS, "quantity": 1, "amount": 22}),
    ("2026-01-16 13:10", "logged_in", DESKTOP),
    ("2026-01-16 13:12", "cart_removed", {**DESKTOP, **CUPS}),
    ("2026-01-16 13:14", "checkout_started", DESKTOP),
    ("2026-01-16 13:18", "order_placed", {**DESKTOP, "order_id": "5", "amount": 10}),
    ("2026-01-16 13:18", "item_purchased", {**DESKTOP, "order_id": "5", **SENCHA, "quantity": 1, "amount": 10}),
    ("2026-01-25 17:20", "survey_answered", {"properties": '{"score": 6}'}),
    ("2026-02-09 09:00", "email_delivered", {"campaign_id": "valentine"}),
    ("2026-02-09 20:10", "email_opened", {"campaign_id": "valentine"}),
    ("2026-02-09 20:11", "email_clicked", {"campaign_id": "valentine"}),
    ("2026-02-09 20:11", "page_viewed", {**MOBILE, "source": "newsletter", "page": "/delivery"}),
    ("2026-02-09 20:15", "searched", {**MOBILE, "query": "teapot"}),
    ("2026-02-09 20:16", "product_viewed", {**MOBILE, **TEAPOT, "duration_seconds": 60}),
    ("2026-02-09 20:24", "order_placed", {**MOBILE, "order_id": "6", "amount": 36, "discount": 4}),
    (
        "2026-02-09 20:24",
        "item_purchased",
        {**MOBILE, "order_id": "6", **TEAPOT, "quantity": 1, "amount": 36, "discount": 4},
    ),
    ("2026-02-10 08:05", "email_forwarded", {"campaign_id": "valentine"}),
    ("2026-02-12 09:50", "support_contacted", {"channel": "chat", "duration_seconds": 420}),
    ("2026-02-14 10:00", "sms_delivered", {"campaign_id": "parcel"}),
    ("2026-02-14 10:04", "sms_clicked", {"campaign_id": "parcel"}),
    ("2026-02-17 18:00", "push_delivered", {**APP, "campaign_id": "brewing"}),
    ("2026-02-17 18:30", "push_opened", {**APP, "campaign_id": "brewing"}),
    ("2026-02-17 18:30", "feature_used", {**APP, "properties": '{"feature": "brewing timer"}'}),
    ("2026-02-17 18:35", "video_watched", {**APP, "duration_seconds": 95}),
    ("2026-02-18 19:00", "content_downloaded", {**APP, "page": "/guides/green-tea"}),
    ("2026-02-27 21:40", "product_viewed", {**MOBILE, "source": "google", **CUPS, "duration_seconds": 45}),
    ("2026-02-27 21:44", "cart_added", {**MOBILE, **CUPS, "quantity": 1, "amount": 22}),
)

PERSON: Mapping[str, object] = {"birth_month": 4, "traits": '{"plan": "gold", "points": 120}'}
TOLD_ON = "2023-11-24 20:07"  # when the customer said so
