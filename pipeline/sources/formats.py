"""Which format reads which source."""

from pipeline.settings.sources import (
    ClicksSource,
    ColumnsSource,
    Ga4Source,
    KlaviyoSource,
    OrderLinesSource,
    SegmentSource,
    ShopifyOrdersSource,
    SqlSource,
)
from pipeline.sources.clicks import clicks
from pipeline.sources.columns import columns
from pipeline.sources.files import Portion
from pipeline.sources.ga4 import ga4
from pipeline.sources.klaviyo import klaviyo
from pipeline.sources.mapped import Mapped
from pipeline.sources.order_lines import order_lines
from pipeline.sources.scratch import Scratch
from pipeline.sources.segment import segment
from pipeline.sources.shopify_orders import shopify_orders
from pipeline.sources.sql import sql


def mapped(scratch: Scratch, portion: Portion) -> Mapped:  # noqa: PLR0911 - one answer a format
    """Return what a portion becomes."""
    path, source = portion.path, portion.source
    match source:
        case ClicksSource():
            return clicks(scratch, path, source)
        case ColumnsSource():
            return columns(scratch, path, source)
        case Ga4Source():
            return ga4(scratch, path, source)
        case KlaviyoSource():
            return klaviyo(scratch, path, source)
        case OrderLinesSource():
            return order_lines(scratch, path, source)
        case ShopifyOrdersSource():
            return shopify_orders(scratch, path, source)
        case SegmentSource():
            return segment(scratch, portion, source)
        case SqlSource():
            return sql(scratch, path, source)
        case _:
            raise NotImplementedError
