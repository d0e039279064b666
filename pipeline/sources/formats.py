"""Which format reads which source."""

from pipeline.settings.sources import (
    ColumnsSource,
    OrderLinesSource,
    ShopifyOrdersSource,
    SqlSource,
)
from pipeline.sources.columns import columns
from pipeline.sources.files import Portion
from pipeline.sources.mapped import Mapped
from pipeline.sources.order_lines import order_lines
from pipeline.sources.scratch import Scratch
from pipeline.sources.shopify_orders import shopify_orders
from pipeline.sources.sql import sql


def mapped(scratch: Scratch, portion: Portion) -> Mapped:
    """Return what a portion becomes."""
    path, source = portion.path, portion.source
    match source:
        case ColumnsSource():
            return columns(scratch, path, source)
        case OrderLinesSource():
            return order_lines(scratch, path, source)
        case ShopifyOrdersSource():
            return shopify_orders(scratch, path, source)
        case SqlSource():
            return sql(scratch, path, source)
        case _:
            raise NotImplementedError
