"""What can be said of what a customer does in the shop or its app: visits, carts, searches and use."""

from models.phrase import FELL, LEAVING, ROSE, STAYING, Phrase, ago, change, counted, days

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
        lambda _, __: "No visit in the last year",
    ),
    Phrase(
        "browsing", LEAVING, (VISIT, GAP, OVERDUE),
        lambda peers: (peers[OVERDUE] > 1) & (peers[VISIT] >= 1),
        lambda own, _: f"No visit for {days(own[VISIT])}, usually every {round(own[GAP])}",
    ),
    Phrase(
        "browsing", LEAVING, (VISITS_TREND,),
        lambda peers: peers[VISITS_TREND] == 0,
        lambda _, __: "No visit in the last 30 days, unlike the 30 before",
    ),
    Phrase(
        "browsing", LEAVING, (VISITS_TREND,),
        lambda peers: (peers[VISITS_TREND] < FELL) & (peers[VISITS_TREND] > 0),
        lambda own, _: f"Visits down {change(own[VISITS_TREND])} on the 30 days before",
    ),
    Phrase(
        "browsing", LEAVING, (VISIT,),
        lambda peers: peers.high(VISIT) & (peers[VISIT] >= 1),
        lambda own, _: f"No visit for {days(own[VISIT])}",
    ),
    Phrase(
        "browsing", LEAVING, (VISITS,),
        lambda peers: peers.low(VISITS) & (peers[VISITS] > 0),
        lambda own, _: f"Only {counted(own[VISITS], 'visit')} in the last 90 days",
    ),
    Phrase(
        "browsing", STAYING, (VIEWED_AGAIN,),
        lambda peers: peers[VIEWED_AGAIN] >= 1,
        lambda own, _: f"Came back to look at {counted(own[VIEWED_AGAIN], 'product')} in the last 30 days",
    ),
    Phrase(
        "browsing", STAYING, (VISITS_TREND,),
        lambda peers: peers[VISITS_TREND] > ROSE,
        lambda own, _: f"Visits up {change(own[VISITS_TREND])} on the 30 days before",
    ),
    Phrase(
        "browsing", STAYING, (VISIT,), lambda peers: peers.low(VISIT), lambda own, _: f"Last visit {ago(own[VISIT])}"
    ),
    Phrase(
        "browsing", STAYING, (VISITS,),
        lambda peers: peers.high(VISITS) & (peers[VISITS] > 1),
        lambda own, _: f"{counted(own[VISITS], 'visit')} in the last 90 days",
    ),
    Phrase(
        "carts", LEAVING, (ABANDONED,),
        lambda peers: peers[ABANDONED] >= 1,
        lambda own, _: f"{counted(own[ABANDONED], 'cart')} left behind in the last 30 days",
    ),
    Phrase(
        "carts", LEAVING, (CARTS_YEAR,),
        lambda peers: peers[CARTS_YEAR] == 0,
        lambda _, __: "Nothing put into the cart in the last year",
    ),
    Phrase(
        "carts", LEAVING, (CART,),
        lambda peers: peers.high(CART) & (peers[CART] >= 1),
        lambda own, _: f"Nothing put into the cart for {days(own[CART])}",
    ),
    Phrase(
        "carts", STAYING, (OPEN,),
        lambda peers: peers[OPEN] >= 1,
        lambda own, _: f"{counted(own[OPEN], 'product')} waiting in the cart",
    ),
    Phrase(
        "carts", STAYING, (CARTS, CART),
        lambda peers: (peers[CARTS] >= 1) & peers.low(CART),
        lambda own, _: f"Something put into the cart {ago(own[CART])}",
    ),
    Phrase(
        "search", LEAVING, (SEARCHES_YEAR,),
        lambda peers: peers[SEARCHES_YEAR] == 0,
        lambda _, __: "Searched for nothing in the last year",
    ),
    Phrase(
        "search", LEAVING, (SEARCH,),
        lambda peers: peers.high(SEARCH) & (peers[SEARCH] >= 1),
        lambda own, _: f"Searched for nothing for {days(own[SEARCH])}",
    ),
    Phrase(
        "search", STAYING, (SEARCHES,),
        lambda peers: peers[SEARCHES] >= 1,
        lambda own, _: f"Searched {counted(own[SEARCHES], 'time')} in the last 30 days",
    ),
    Phrase(
        "search", STAYING, (SEARCH,), lambda peers: peers.low(SEARCH), lambda own, _: f"Last search {ago(own[SEARCH])}"
    ),
    Phrase(
        "usage", LEAVING, (ACTIVE_TREND,),
        lambda peers: (peers[ACTIVE_TREND] < FELL) & (peers[ACTIVE_TREND] > 0),
        lambda own, _: f"Active days down {change(own[ACTIVE_TREND])} on the 30 days before",
    ),
    Phrase(
        "usage", LEAVING, (ACTIVE,), lambda peers: peers[ACTIVE] == 0, lambda _, __: "Not active in the last 90 days"
    ),
    Phrase(
        "usage", LEAVING, (ACTIVE,),
        lambda peers: peers.low(ACTIVE),
        lambda own, _: f"Active on only {counted(own[ACTIVE], 'day')} of the last 90",
    ),
    Phrase(
        "usage", STAYING, (STREAK,),
        lambda peers: peers[STREAK] >= IN_A_ROW,
        lambda own, _: f"Active {days(own[STREAK])} in a row",
    ),
    Phrase(
        "usage", STAYING, (ACTIVE_TREND,),
        lambda peers: peers[ACTIVE_TREND] > ROSE,
        lambda own, _: f"Active days up {change(own[ACTIVE_TREND])} on the 30 days before",
    ),
    Phrase(
        "usage", STAYING, (ACTIVE,),
        lambda peers: peers.high(ACTIVE) & (peers[ACTIVE] > 1),
        lambda own, _: f"Active on {counted(own[ACTIVE], 'day')} of the last 90",
    ),
)  # fmt: skip
