"""Shopify's orders: the CSV export of its admin, or the JSON of its Admin API.

An order becomes an `order_placed`, worth its subtotal, and an `item_purchased` for each of its lines. What was given
back is an event of its own day, so that a later export of the same order adds its new refunds and nothing else.
"""

from pathlib import Path

from pipeline.settings.sources import ShopifyOrdersSource
from pipeline.sources.mapped import Mapped
from pipeline.sources.reading import is_table_of_text
from pipeline.sources.scratch import Scratch
from pipeline.sources.shopify_csv import shopify_csv
from pipeline.sources.shopify_json import shopify_json


def shopify_orders(scratch: Scratch, path: Path, source: ShopifyOrdersSource) -> Mapped:
    """Read an export of orders; a JSON document has them in "orders" or is a list of them."""
    return (shopify_csv if is_table_of_text(path, source) else shopify_json)(scratch, path, source)
