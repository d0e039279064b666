"""The own rhythm, naively."""

from statistics import fmean, median, pstdev

from tests.features.oracle.past import NAN, Past


def expected(past: Past) -> dict[str, float]:
    orders = past.of("order_placed")
    gaps = past.gaps(orders)
    mean, last, middle, longest = (fmean(gaps), float(gaps[-1]), median(gaps), max(gaps)) if gaps else (NAN,) * 4
    spread = pstdev(gaps) if len(gaps) > 1 else NAN
    tenure, since = past.since_first(orders), past.since_last(orders)
    return {
        "order_gap_mean_days": mean,
        "order_gap_median_days": middle,
        "order_gap_longest_days": longest,
        "order_gap_spread_days": spread,
        "order_gap_last_days": last,
        "order_gap_widening": last / mean,
        "order_gap_last_over_median_ratio": last / middle,
        "order_gap_slowing_ratio": fmean(gaps[-3:]) / mean if gaps else NAN,
        "order_gap_spread_ratio": spread / mean,
        "overdue_ratio": since / mean,
        "days_to_expected_order": mean - since,
        "longest_gap_used_share": since / longest,
        "tenure_share_at_last_order": 1 - since / tenure,
        "expected_orders_90d": 90 * (len(past.days(orders)) + 1) / (tenure + 360),
    }
