"""What is read of an order as Shopify's Admin API gives it."""

from pipeline.settings.sources import ShopifyOrdersSource
from pipeline.sources.shapes import TEXT, Shape
from pipeline.sources.shopify_rows import ITEM_FIELDS

_CONSENT = {"state": TEXT, "consent_updated_at": TEXT}
_ITEM = dict.fromkeys(
    (
        "id",
        "product_id",
        "variant_id",
        "sku",
        "title",
        "variant_title",
        "vendor",
        "quantity",
        "price",
        "total_discount",
    ),
    TEXT,
) | {"discount_allocations": [{"amount": TEXT}]}
_REFUND = {
    "id": TEXT,
    "created_at": TEXT,
    "refund_line_items": [{"subtotal": TEXT}],
    "order_adjustments": [{"kind": TEXT, "amount": TEXT}],
    "transactions": [{"kind": TEXT, "status": TEXT, "amount": TEXT}],
}
_PLAIN = dict.fromkeys(
    (
        "id",
        "name",
        "test",
        "email",
        "phone",
        "created_at",
        "processed_at",
        "cancelled_at",
        "financial_status",
        "buyer_accepts_marketing",
        "currency",
        "subtotal_price",
        "total_discounts",
        "source_name",
        "referring_site",
        "landing_site",
    ),
    TEXT,
)


def shape_of_order(source: ShopifyOrdersSource) -> Shape:
    """Return the shape of an order, with the fields of its items that the settings name."""
    item = _ITEM | {theirs: TEXT for ours, theirs in source.columns.items() if ours in ITEM_FIELDS}
    return _PLAIN | {
        "customer": {
            "id": TEXT,
            "email": TEXT,
            "phone": TEXT,
            "email_marketing_consent": _CONSENT,
            "sms_marketing_consent": _CONSENT,
        },
        "shipping_address": {"country_code": TEXT},
        "billing_address": {"country_code": TEXT},
        "discount_codes": [{"code": TEXT}],
        "line_items": [item],
        "refunds": [_REFUND],
    }
