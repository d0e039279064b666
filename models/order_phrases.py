"""What can be said of a customer's orders: their recency, number, rhythm, value, breadth, returns and season."""

from models.phrase import FELL, GREW, LEAVING, ROSE, SHRANK, STAYING, Phrase, ago, change, counted, days, money, share

LAST, FIRST, GAP = "days_since_last_order", "days_since_first_order", "order_gap_mean_days"
LAST_GAP, WIDENING, OVERDUE = "order_gap_last_days", "order_gap_widening", "overdue_ratio"
ORDERS, LIFETIME, SPENT, TREND = "orders_365d", "orders_lifetime", "revenue_365d", "revenue_trend_90d"
PRODUCTS, REFUNDS, GIFTS, BEFORE = "products_365d", "refund_share_365d", "gift_season_order_share", "revenue_90d"
NOTABLE, MOSTLY = 0.05, 0.5
NEW_DAYS = 60

ORDER_PHRASES = (
    Phrase(
        "recency", LEAVING, (LAST, GAP, OVERDUE),
        lambda peers: peers[OVERDUE] > 1,
        lambda own, _: f"No order for {days(own[LAST])}, usually every {round(own[GAP])}",
    ),
    Phrase(
        "recency", LEAVING, (LAST,), lambda peers: peers.high(LAST), lambda own, _: f"No order for {days(own[LAST])}"
    ),
    Phrase(
        "recency", STAYING, (LAST, GAP, OVERDUE),
        lambda peers: (peers[OVERDUE] <= 1) & (peers[LAST] >= 1),
        lambda own, _: f"Last order {ago(own[LAST])}, usually every {round(own[GAP])}",
    ),
    Phrase(
        "recency", STAYING, (LAST,), lambda peers: peers.low(LAST), lambda own, _: f"Last order {ago(own[LAST])}"
    ),
    Phrase(
        "tenure", LEAVING, (FIRST,),
        lambda peers: peers[FIRST] <= NEW_DAYS,
        lambda own, _: f"New: first order {ago(own[FIRST])}",
    ),
    Phrase(
        "tenure", STAYING, (FIRST,), lambda peers: peers.high(FIRST), lambda own, _: f"Customer for {days(own[FIRST])}"
    ),
    Phrase(
        "frequency", LEAVING, (LIFETIME,), lambda peers: peers[LIFETIME] == 1, lambda _, __: "Only one order so far"
    ),
    Phrase(
        "frequency", LEAVING, (ORDERS,),
        lambda peers: peers.low(ORDERS),
        lambda own, _: f"Only {counted(own[ORDERS], 'order')} in the last year",
    ),
    Phrase(
        "frequency", STAYING, (ORDERS,),
        lambda peers: peers.high(ORDERS) & (peers[ORDERS] > 1),
        lambda own, _: f"{counted(own[ORDERS], 'order')} in the last year",
    ),
    Phrase(
        "cadence", LEAVING, (LAST_GAP, GAP, WIDENING),
        lambda peers: peers[WIDENING] > GREW,
        lambda own, _: f"Gap between orders growing: last {days(own[LAST_GAP])}, usually {round(own[GAP])}",
    ),
    Phrase(
        "cadence", LEAVING, (GAP,),
        lambda peers: peers.high(GAP),
        lambda own, _: f"Orders far apart: {days(own[GAP])} on average",
    ),
    Phrase(
        "cadence", STAYING, (LAST_GAP, GAP, WIDENING),
        lambda peers: peers[WIDENING] < SHRANK,
        lambda own, _: f"Gap between orders shrinking: last {days(own[LAST_GAP])}, usually {round(own[GAP])}",
    ),
    Phrase(
        "cadence", STAYING, (GAP,),
        lambda peers: peers.low(GAP),
        lambda own, _: f"Orders often: every {days(own[GAP])} on average",
    ),
    Phrase(
        "value", LEAVING, (SPENT,),
        lambda peers: peers.low(SPENT),
        lambda own, currency: f"Spent {money(own[SPENT], currency)} in the last year, less than most",
    ),
    Phrase(
        "value", STAYING, (SPENT,),
        lambda peers: peers.high(SPENT) & (peers[SPENT] > 0),
        lambda own, currency: f"Spent {money(own[SPENT], currency)} in the last year, more than most",
    ),
    Phrase(
        "trend", LEAVING, (TREND, BEFORE),
        lambda peers: peers[TREND] == 0,
        lambda _, __: "Nothing spent in the last 90 days, unlike the 90 before",
    ),
    Phrase(
        "trend", LEAVING, (TREND,),
        lambda peers: (peers[TREND] < FELL) & (peers[TREND] > 0),
        lambda own, _: f"Spend down {change(own[TREND])} on the 90 days before",
    ),
    Phrase(
        "trend", STAYING, (TREND,),
        lambda peers: peers[TREND] > ROSE,
        lambda own, _: f"Spend up {change(own[TREND])} on the 90 days before",
    ),
    Phrase(
        "breadth", LEAVING, (PRODUCTS,),
        lambda peers: peers.low(PRODUCTS),
        lambda own, _: f"Only {counted(own[PRODUCTS], 'different product')} in the last year",
    ),
    Phrase(
        "breadth", STAYING, (PRODUCTS,),
        lambda peers: peers.high(PRODUCTS) & (peers[PRODUCTS] > 1),
        lambda own, _: f"{counted(own[PRODUCTS], 'different product')} in the last year",
    ),
    Phrase(
        "returns", LEAVING, (REFUNDS,),
        lambda peers: (peers[REFUNDS] >= NOTABLE) & (peers[REFUNDS] <= 1),
        lambda own, _: f"Gave back {share(own[REFUNDS])} of last year's spend",
    ),
    Phrase(
        "returns", STAYING, (REFUNDS,),
        lambda peers: peers[REFUNDS] == 0,
        lambda _, __: "Nothing given back in the last year",
    ),
    Phrase(
        "season", LEAVING, (GIFTS,),
        lambda peers: peers[GIFTS] >= MOSTLY,
        lambda own, _: f"{share(own[GIFTS])} of orders fell in October to December",
    ),
    Phrase(
        "season", STAYING, (GIFTS,),
        lambda peers: (peers[GIFTS] < MOSTLY) & (peers[GIFTS] > 0),
        lambda own, _: f"Orders all year round: {share(own[GIFTS])} in October to December",
    ),
)  # fmt: skip
