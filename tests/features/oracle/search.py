"""What is searched for, naively."""

from datetime import timedelta

from tests.features.oracle.browsing import ON_SITE
from tests.features.oracle.carts import came
from tests.features.oracle.past import Past, distinct, label, over

HALF_AN_HOUR, A_DAY = timedelta(minutes=30), timedelta(days=1)


def expected(past: Past) -> dict[str, float]:
    searches, views, orders = past.of("searched"), past.of("product_viewed"), past.of("order_placed")
    year = past.within(searches, 365)
    words = distinct(year, "query")
    visits = [visit[0] for visit in past.visits(past.of(*ON_SITE))]
    shown = [row for row in year if past.as_of - row["occurred_at"] > HALF_AN_HOUR]
    done = [row for row in year if past.as_of - row["occurred_at"] > A_DAY]
    return {
        **{f"searches_{label(days)}": len(past.within(searches, days)) for days in (7, 30, 90, 365)},
        "search_queries_365d": len(words),
        "repeated_search_queries_365d": sum(
            len(past.days(row for row in year if row["query"] == word)) > 1 for word in words
        ),
        "searches_per_visit_90d": over(len(past.within(searches, 90)), len(past.within(visits, 90))),
        "search_view_share_365d": over(sum(came(row, views, HALF_AN_HOUR) for row in shown), len(shown)),
        "search_order_share_365d": over(sum(came(row, orders, A_DAY) for row in done), len(done)),
        "days_since_last_search": past.since_last(searches),
    }
