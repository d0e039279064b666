"""Advertisements and sources, naively."""

from tests.features.oracle.pages import ON_PAGES, visits
from tests.features.oracle.past import Past, distinct, label, over
from tests.features.oracle.sequence import followed, in_order, known, matches, share


def expected(past: Past) -> dict[str, float]:
    ads, orders = past.of("ad_clicked"), past.of("order_placed")
    settled = past.within(ads, 365, 7)
    with_ads = past.within(visits(past, "ad_clicked"), 365)
    year = past.within(visits(past), 365)
    brought = past.of(*ON_PAGES, "ad_clicked", "order_placed")
    return {
        **{f"ad_clicks_{label(days)}": len(past.within(ads, days)) for days in (7, 30, 90, 365)},
        "days_since_last_ad_click": past.since_last(ads),
        "ad_clicks_before_order_share_365d": over(len(followed(settled, orders, days=7)), len(settled)),
        "ad_visit_share_365d": over(len(followed(with_ads, ads, days=1 / 1440)), len(with_ads)),
        **_by_source(past),
        "unknown_source_share_365d": share(year, lambda row: row["source"] is None),
        "sources_used_365d": len(distinct(past.within(brought, 365), "source")),
    }


def _by_source(past: Past) -> dict[str, float]:
    told = {}
    terms = past.vocabulary.terms["source"]
    named = in_order(known(past.of(*ON_PAGES, "ad_clicked", "order_placed"), "source"))
    for source in (*terms, "other"):
        is_it = matches("source", source, terms)
        for days in (90, None):
            told[f"visit_source_share_{source}_{label(days)}"] = share(past.within(visits(past), days), is_it)
        told[f"first_source_{source}"] = share(named[:1], is_it)
        told[f"last_source_{source}"] = share(named[-1:], is_it)
    return told
