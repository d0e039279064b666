"""What can be said of what a customer does in the shop or its app: visits, carts, searches and use."""

from models.reasons.phrase import FELL, LEAVING, ROSE, STAYING, Phrase

VISIT, VISITS, VISITS_YEAR, VISITS_TREND = "days_since_last_visit", "visits_90d", "visits_365d", "visits_trend_30d"
VIEWED_AGAIN = "products_viewed_again_30d"
CART, CARTS, CARTS_YEAR = "days_since_last_cart_addition", "cart_additions_30d", "cart_additions_365d"
ABANDONED, OPEN = "abandoned_carts_30d", "open_cart_products_30d"
SEARCH, SEARCHES, SEARCHES_YEAR = "days_since_last_search", "searches_30d", "searches_365d"
ACTIVE, ACTIVE_TREND, STREAK = "active_days_90d", "active_days_trend_30d", "current_active_streak_days"
GAP, OVERDUE = "active_gap_mean_days", "inactivity_ratio"  # a visit makes a day active, and nothing else does
IN_A_ROW = 3  # active days that are worth a word

VISIT_PHRASES = (
    Phrase(
        "browsing", LEAVING, (VISITS_YEAR,),
        lambda peers: peers[VISITS_YEAR] == 0,
        "No visit in the last year",
    ),
    Phrase(
        "browsing", LEAVING, (VISIT, GAP, OVERDUE),
        lambda peers: (peers[OVERDUE] > 1) & (peers[VISIT] >= 1),
        "No visit for {days_since_last_visit:days}, usually every {active_gap_mean_days:whole}",
    ),
    Phrase(
        "browsing", LEAVING, (VISITS_TREND,),
        lambda peers: peers[VISITS_TREND] == 0,
        "No visit in the last 30 days, unlike the 30 before",
    ),
    Phrase(
        "browsing", LEAVING, (VISITS_TREND,),
        lambda peers: (peers[VISITS_TREND] < FELL) & (peers[VISITS_TREND] > 0),
        "Visits down {visits_trend_30d:change} on the 30 days before",
    ),
    Phrase(
        "browsing", LEAVING, (VISIT,),
        lambda peers: peers.high(VISIT) & (peers[VISIT] >= 1),
        "No visit for {days_since_last_visit:days}",
    ),
    Phrase(
        "browsing", LEAVING, (VISITS,),
        lambda peers: peers.low(VISITS) & (peers[VISITS] > 0),
        "Only {visits_90d:visits} in the last 90 days",
    ),
    Phrase(
        "browsing", STAYING, (VIEWED_AGAIN,),
        lambda peers: peers[VIEWED_AGAIN] >= 1,
        "Came back to look at {products_viewed_again_30d:products} in the last 30 days",
    ),
    Phrase(
        "browsing", STAYING, (VISITS_TREND,),
        lambda peers: peers[VISITS_TREND] > ROSE,
        "Visits up {visits_trend_30d:change} on the 30 days before",
    ),
    Phrase(
        "browsing", STAYING, (VISIT,), lambda peers: peers.low(VISIT), "Last visit {days_since_last_visit:ago}"
    ),
    Phrase(
        "browsing", STAYING, (VISITS,),
        lambda peers: peers.high(VISITS) & (peers[VISITS] > 1),
        "{visits_90d:visits} in the last 90 days",
    ),
    Phrase(
        "carts", LEAVING, (ABANDONED,),
        lambda peers: peers[ABANDONED] >= 1,
        "{abandoned_carts_30d:carts} left behind in the last 30 days",
    ),
    Phrase(
        "carts", LEAVING, (CARTS_YEAR,),
        lambda peers: peers[CARTS_YEAR] == 0,
        "Nothing put into the cart in the last year",
    ),
    Phrase(
        "carts", LEAVING, (CART,),
        lambda peers: peers.high(CART) & (peers[CART] >= 1),
        "Nothing put into the cart for {days_since_last_cart_addition:days}",
    ),
    Phrase(
        "carts", STAYING, (OPEN,),
        lambda peers: peers[OPEN] >= 1,
        "{open_cart_products_30d:products} waiting in the cart",
    ),
    Phrase(
        "carts", STAYING, (CARTS, CART),
        lambda peers: (peers[CARTS] >= 1) & peers.low(CART),
        "Something put into the cart {days_since_last_cart_addition:ago}",
    ),
    Phrase(
        "search", LEAVING, (SEARCHES_YEAR,),
        lambda peers: peers[SEARCHES_YEAR] == 0,
        "Searched for nothing in the last year",
    ),
    Phrase(
        "search", LEAVING, (SEARCH,),
        lambda peers: peers.high(SEARCH) & (peers[SEARCH] >= 1),
        "Searched for nothing for {days_since_last_search:days}",
    ),
    Phrase(
        "search", STAYING, (SEARCHES,),
        lambda peers: peers[SEARCHES] >= 1,
        "Searched {searches_30d:times} in the last 30 days",
    ),
    Phrase(
        "search", STAYING, (SEARCH,), lambda peers: peers.low(SEARCH), "Last search {days_since_last_search:ago}"
    ),
    Phrase(
        "browsing", LEAVING, (ACTIVE_TREND,),
        lambda peers: (peers[ACTIVE_TREND] < FELL) & (peers[ACTIVE_TREND] > 0),
        "Active days down {active_days_trend_30d:change} on the 30 days before",
    ),
    Phrase(
        "browsing", LEAVING, (ACTIVE,), lambda peers: peers[ACTIVE] == 0, "Not active in the last 90 days"
    ),
    Phrase(
        "browsing", LEAVING, (ACTIVE,),
        lambda peers: peers.low(ACTIVE),
        "Active on only {active_days_90d:days} of the last 90",
    ),
    Phrase(
        "browsing", STAYING, (STREAK,),
        lambda peers: peers[STREAK] >= IN_A_ROW,
        "Active {current_active_streak_days:days} in a row",
    ),
    Phrase(
        "browsing", STAYING, (ACTIVE_TREND,),
        lambda peers: peers[ACTIVE_TREND] > ROSE,
        "Active days up {active_days_trend_30d:change} on the 30 days before",
    ),
    Phrase(
        "browsing", STAYING, (ACTIVE,),
        lambda peers: peers.high(ACTIVE) & (peers[ACTIVE] > 1),
        "Active on {active_days_90d:days} of the last 90",
    ),
)  # fmt: skip
