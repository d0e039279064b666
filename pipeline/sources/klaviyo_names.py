"""What Klaviyo's metrics and the properties of its events are called, and what we call them."""

from pipeline.events.tables import ITEM_PURCHASED, ORDER_PLACED, ORDER_REFUNDED
from pipeline.sources.shapes import TEXT

# Every other metric is kept under its own name in our spelling: "Joined Waitlist" is joined_waitlist.
METRICS = {
    "Received Email": "email_delivered",
    "Opened Email": "email_opened",
    "Clicked Email": "email_clicked",
    "Bounced Email": "email_bounced",
    "Marked Email as Spam": "email_complained",
    "Unsubscribed": "email_unsubscribed",
    "Unsubscribed from Email Marketing": "email_unsubscribed",
    "Received SMS": "sms_delivered",
    "Clicked SMS": "sms_clicked",
    "Received Push": "push_delivered",
    "Opened Push": "push_opened",
    "Active on Site": "page_viewed",
    "Viewed Page": "page_viewed",
    "Viewed Product": "product_viewed",
    "Searched Site": "searched",
    "Submitted Search": "searched",
    "Added to Cart": "cart_added",
    "Removed from Cart": "cart_removed",
    "Started Checkout": "checkout_started",
    "Checkout Started": "checkout_started",
    "Placed Order": ORDER_PLACED,
    "Ordered Product": ITEM_PURCHASED,
    "Refunded Order": ORDER_REFUNDED,
    "Cancelled Order": ORDER_REFUNDED,
    "Created Account": "signed_up",
    "Logged In": "logged_in",
}
# What somebody answers to which question by doing this.
CONSENTS_GIVEN = {
    "Subscribed to Email Marketing": ("email", True),
    "Unsubscribed from Email Marketing": ("email", False),
    "Unsubscribed": ("email", False),
    "Marked Email as Spam": ("email", False),
    "Subscribed to SMS Marketing": ("sms", True),
    "Consented to Receive SMS": ("sms", True),
    "Unsubscribed from SMS Marketing": ("sms", False),
    "Unsubscribed from SMS": ("sms", False),
}
CHANNELS = ("email", "sms", "push")
# Only in these is a property that is called value or quantity money or pieces for sure.
OF_ORDERS = (ORDER_PLACED, ORDER_REFUNDED)
OF_SALES = (*OF_ORDERS, ITEM_PURCHASED, "cart_added", "cart_removed", "checkout_started")

# Shops and integrations spell the properties of events differently, and these are in lower case; the first that is
# there counts.
PROPERTIES = {
    "product_id": ("productid", "product id", "product_id", "sku", "productname", "product name", "name"),
    "order_id": ("orderid", "order id", "order_id"),
    "category": ("category", "productcategory"),
    "currency": ("$currency_code", "$value_currency", "value_currency", "currency"),
    "campaign_id": ("$message", "campaign name"),
    "page": ("url", "page"),
    "query": ("searchterm", "search term", "search_term", "query"),
}
PROPERTIES_OF_SALES = {
    "amount": ("$value", "value"),
    "quantity": ("quantity",),
    "discount": ("total discounts", "discountvalue"),
}
# What orders are called by themselves, and other events something else.
ORDER_ID = "$event_id"

WITH_A_COLUMN = (
    ORDER_ID,
    *(
        name
        for names in (*PROPERTIES.values(), *PROPERTIES_OF_SALES.values())
        for name in names
        if name not in {"campaign name", "productname", "product name", "name"}
    ),
)
_REFERENCE = {"data": {"id": TEXT}}
_SUBSCRIPTION = {"marketing": {"consent": TEXT, "consent_timestamp": TEXT}}
_PROFILE = dict.fromkeys(("email", "phone_number", "external_id", "created"), TEXT)
OBJECT = {
    "type": TEXT,
    "id": TEXT,
    "attributes": {
        "name": TEXT,
        "datetime": TEXT,
        "timestamp": TEXT,
        "event_properties": {"$extra": {"subtotal_price": TEXT}, "Categories": [TEXT]},
        **_PROFILE,
        "location": {"country": TEXT},
        "subscriptions": {"email": _SUBSCRIPTION, "sms": _SUBSCRIPTION},
    },
    "relationships": {"metric": _REFERENCE, "profile": _REFERENCE},
}
