"""What can be said of a customer's orders: their recency, number, rhythm, value, breadth, returns and season."""

from models.reasons.phrase import FELL, GREW, LEAVING, ROSE, SHRANK, STAYING, Phrase

LAST, FIRST, GAP = "days_since_last_order", "days_since_first_order", "order_gap_mean_days"
LAST_GAP, WIDENING, OVERDUE = "order_gap_last_days", "order_gap_widening", "overdue_ratio"
ORDERS, LIFETIME, SPENT, TREND = "orders_365d", "orders_lifetime", "revenue_365d", "revenue_trend_90d"
PRODUCTS, REFUNDS, GIFTS, HALF_YEAR = "products_365d", "refund_share_365d", "gift_season_order_share", "revenue_180d"
NOTABLE, MOSTLY = 0.05, 0.5
NEW_DAYS = 60

ORDER_PHRASES = (
    Phrase(
        "recency", LEAVING, (LAST, GAP, OVERDUE),
        lambda peers: peers[OVERDUE] > 1,
        "No order for {days_since_last_order:days}, usually every {order_gap_mean_days:whole}",
    ),
    Phrase(
        "recency", LEAVING, (LAST,), lambda peers: peers.high(LAST), "No order for {days_since_last_order:days}"
    ),
    Phrase(
        "recency", STAYING, (LAST, GAP, OVERDUE),
        lambda peers: (peers[OVERDUE] <= 1) & (peers[LAST] >= 1),
        "Last order {days_since_last_order:ago}, usually every {order_gap_mean_days:whole}",
    ),
    Phrase(
        "recency", STAYING, (LAST,), lambda peers: peers.low(LAST), "Last order {days_since_last_order:ago}"
    ),
    Phrase(
        "tenure", LEAVING, (FIRST,),
        lambda peers: peers[FIRST] <= NEW_DAYS,
        "New: first order {days_since_first_order:ago}",
    ),
    Phrase(
        "tenure", STAYING, (FIRST,), lambda peers: peers.high(FIRST), "Customer for {days_since_first_order:days}"
    ),
    Phrase(
        "frequency", LEAVING, (LIFETIME,), lambda peers: peers[LIFETIME] == 1, "Only one order so far"
    ),
    Phrase(
        "frequency", LEAVING, (ORDERS,),
        lambda peers: peers.low(ORDERS),
        "Only {orders_365d:orders} in the last year",
    ),
    Phrase(
        "frequency", STAYING, (ORDERS,),
        lambda peers: peers.high(ORDERS) & (peers[ORDERS] > 1),
        "{orders_365d:orders} in the last year",
    ),
    Phrase(
        "cadence", LEAVING, (LAST_GAP, GAP, WIDENING),
        lambda peers: peers[WIDENING] > GREW,
        "Gap between orders growing: last {order_gap_last_days:days}, usually {order_gap_mean_days:whole}",
    ),
    Phrase(
        "cadence", LEAVING, (GAP,),
        lambda peers: peers.high(GAP),
        "Orders far apart: {order_gap_mean_days:days} on average",
    ),
    Phrase(
        "cadence", STAYING, (LAST_GAP, GAP, WIDENING),
        lambda peers: peers[WIDENING] < SHRANK,
        "Gap between orders shrinking: last {order_gap_last_days:days}, usually {order_gap_mean_days:whole}",
    ),
    Phrase(
        "cadence", STAYING, (GAP,),
        lambda peers: peers.low(GAP),
        "Orders often: every {order_gap_mean_days:days} on average",
    ),
    Phrase(
        "value", LEAVING, (SPENT,),
        lambda peers: peers.low(SPENT),
        "Spent {revenue_365d:money} in the last year, less than most",
    ),
    Phrase(
        "value", STAYING, (SPENT,),
        lambda peers: peers.high(SPENT) & (peers[SPENT] > 0),
        "Spent {revenue_365d:money} in the last year, more than most",
    ),
    Phrase(
        "trend", LEAVING, (TREND, HALF_YEAR),
        lambda peers: peers[TREND] == 0,
        "Nothing spent in the last 90 days, {revenue_180d:money} in the 90 before",
    ),
    Phrase(
        "trend", LEAVING, (TREND,),
        lambda peers: (peers[TREND] < FELL) & (peers[TREND] > 0),
        "Spend down {revenue_trend_90d:change} on the 90 days before",
    ),
    Phrase(
        "trend", STAYING, (TREND,),
        lambda peers: peers[TREND] > ROSE,
        "Spend up {revenue_trend_90d:change} on the 90 days before",
    ),
    Phrase(
        "breadth", LEAVING, (PRODUCTS,),
        lambda peers: peers.low(PRODUCTS),
        "Only {products_365d:different products} in the last year",
    ),
    Phrase(
        "breadth", STAYING, (PRODUCTS,),
        lambda peers: peers.high(PRODUCTS) & (peers[PRODUCTS] > 1),
        "{products_365d:different products} in the last year",
    ),
    Phrase(
        "returns", LEAVING, (REFUNDS,),
        lambda peers: (peers[REFUNDS] >= NOTABLE) & (peers[REFUNDS] <= 1),
        "Gave back {refund_share_365d:share} of last year's spend",
    ),
    Phrase(
        "returns", STAYING, (REFUNDS,),
        lambda peers: peers[REFUNDS] == 0,
        "Nothing given back in the last year",
    ),
    Phrase(
        "season", LEAVING, (GIFTS,),
        lambda peers: peers[GIFTS] >= MOSTLY,
        "{gift_season_order_share:share} of orders fell in October to December",
    ),
    Phrase(
        "season", STAYING, (GIFTS,),
        lambda peers: (peers[GIFTS] < MOSTLY) & (peers[GIFTS] > 0),
        "Orders all year round: {gift_season_order_share:share} in October to December",
    ),
)  # fmt: skip
