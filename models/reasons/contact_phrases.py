"""What can be said of how shop and customer deal with each other: e-mails, discounts, support and subscriptions."""

from models.reasons.phrase import LEAVING, STAYING, Phrase

UNSUBSCRIBED, OPENED, CLICKED = (
    "days_since_last_email_unsubscribe",
    "days_since_last_email_open",
    "days_since_last_email_click",
)
DELIVERED, OPENS, UNOPENED = "emails_delivered_365d", "email_opens_365d", "emails_since_last_open"
ONLY_DISCOUNTED, LAST_DISCOUNTED, FULL_PRICE = (
    "only_on_discount",
    "last_order_discounted",
    "days_since_last_full_price_order",
)
ON_DISCOUNT, ORDERS = "discounted_order_share_lifetime", "orders_lifetime"
HELP, HELP_YEAR, HELP_SINCE = "support_contacts_90d", "support_contacts_365d", "support_contacts_since_last_order"
SUBSCRIBED, SUBSCRIBED_FOR, CANCELLED = "is_subscribed", "subscription_age_days", "days_since_subscription_cancellation"
TERM, LATE = "subscription_term_mean_days", "subscription_overdue_ratio"
SEVERAL = 3  # e-mails unopened that are worth a word
A_WHILE = 90  # days for which leaving the mailing list, and a click, are news

CONTACT_PHRASES = (
    Phrase(
        "email", LEAVING, (UNSUBSCRIBED,),
        lambda peers: peers[UNSUBSCRIBED] <= A_WHILE,
        "Unsubscribed from e-mails {days_since_last_email_unsubscribe:ago}",
    ),
    Phrase(
        "email", LEAVING, (DELIVERED, OPENS),
        lambda peers: (peers[OPENS] == 0) & (peers[DELIVERED] >= SEVERAL),
        "None of the last year's {emails_delivered_365d:e-mails} opened",
    ),
    Phrase(
        "email", LEAVING, (UNOPENED, OPENED),
        lambda peers: (peers[UNOPENED] >= SEVERAL) & (peers[OPENED] >= 1),
        "{emails_since_last_open:e-mails} unopened since the last one opened, {days_since_last_email_open:ago}",
    ),
    Phrase(
        "email", LEAVING, (OPENED,),
        lambda peers: peers.high(OPENED) & (peers[OPENED] >= 1),
        "No e-mail opened for {days_since_last_email_open:days}",
    ),
    Phrase(
        "email", STAYING, (CLICKED,),
        lambda peers: peers.low(CLICKED) & (peers[CLICKED] <= A_WHILE),
        "Clicked in an e-mail {days_since_last_email_click:ago}",
    ),
    Phrase(
        "email", STAYING, (OPENED,),
        lambda peers: peers.low(OPENED),
        "Opened an e-mail {days_since_last_email_open:ago}",
    ),
    Phrase(
        "discount", LEAVING, (ONLY_DISCOUNTED, ORDERS),
        lambda peers: (peers[ONLY_DISCOUNTED] == 1) & (peers[ORDERS] > 1),
        "Never paid the full price: all {orders_lifetime:orders} on discount",
    ),
    Phrase(
        "discount", LEAVING, (LAST_DISCOUNTED,),
        lambda peers: peers[LAST_DISCOUNTED] == 1,
        "Last order on discount",
    ),
    Phrase(
        "discount", STAYING, (ON_DISCOUNT,),
        lambda peers: peers[ON_DISCOUNT] == 0,
        "Always paid the full price",
    ),
    Phrase(
        "discount", STAYING, (FULL_PRICE,),
        lambda peers: peers.low(FULL_PRICE),
        "Paid the full price {days_since_last_full_price_order:ago}",
    ),
    Phrase(
        "support", LEAVING, (HELP_SINCE,),
        lambda peers: peers[HELP_SINCE] >= 1,
        "Asked for help {support_contacts_since_last_order:times} since the last order",
    ),
    Phrase(
        "support", LEAVING, (HELP,),
        lambda peers: peers[HELP] >= 1,
        "Asked for help {support_contacts_90d:times} in the last 90 days",
    ),
    Phrase(
        "support", STAYING, (HELP_YEAR,),
        lambda peers: peers[HELP_YEAR] == 0,
        "Never had to ask for help in the last year",
    ),
    Phrase(
        "subscription", LEAVING, (CANCELLED, SUBSCRIBED),
        lambda peers: (peers[SUBSCRIBED] == 0) & (peers[CANCELLED] >= 0),
        "Ended the subscription {days_since_subscription_cancellation:ago}",
    ),
    Phrase(
        "subscription", LEAVING, (TERM, LATE),
        lambda peers: peers[LATE] > 1,
        "Subscription not renewed for {subscription_overdue_ratio:number} times its usual"
        " {subscription_term_mean_days:days}",
    ),
    Phrase(
        "subscription", STAYING, (SUBSCRIBED, SUBSCRIBED_FOR),
        lambda peers: (peers[SUBSCRIBED] == 1) & (peers[SUBSCRIBED_FOR] >= 1),
        "Subscribed for {subscription_age_days:days}",
    ),
)  # fmt: skip
