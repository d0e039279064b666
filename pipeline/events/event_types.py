"""The kinds of events that Segcast knows, by the names of the Segment e-commerce specification in snake case."""

PAGE_VIEWED = "page_viewed"
PRODUCT_VIEWED = "product_viewed"
SEARCHED = "searched"
CART_ADDED = "cart_added"
CART_REMOVED = "cart_removed"
CHECKOUT_STARTED = "checkout_started"
ORDER_PLACED = "order_placed"
ITEM_PURCHASED = "item_purchased"
ORDER_REFUNDED = "order_refunded"
EMAIL_DELIVERED = "email_delivered"
EMAIL_OPENED = "email_opened"
EMAIL_CLICKED = "email_clicked"
EMAIL_FORWARDED = "email_forwarded"
EMAIL_BOUNCED = "email_bounced"
EMAIL_UNSUBSCRIBED = "email_unsubscribed"
EMAIL_COMPLAINED = "email_complained"
SMS_DELIVERED = "sms_delivered"
SMS_CLICKED = "sms_clicked"
PUSH_DELIVERED = "push_delivered"
PUSH_OPENED = "push_opened"
AD_CLICKED = "ad_clicked"
CONTENT_DOWNLOADED = "content_downloaded"
VIDEO_WATCHED = "video_watched"
SIGNED_UP = "signed_up"
LOGGED_IN = "logged_in"
FEATURE_USED = "feature_used"
SURVEY_ANSWERED = "survey_answered"
SUPPORT_CONTACTED = "support_contacted"
SUBSCRIPTION_STARTED = "subscription_started"
SUBSCRIPTION_RENEWED = "subscription_renewed"
SUBSCRIPTION_CANCELLED = "subscription_cancelled"

EVENT_TYPES = {
    PAGE_VIEWED: "A page was seen.",
    PRODUCT_VIEWED: "A product's page was seen.",
    SEARCHED: "Words were searched for in the shop.",
    CART_ADDED: "A product was put into the cart.",
    CART_REMOVED: "A product was taken out of the cart.",
    CHECKOUT_STARTED: "The way to the till was begun.",
    ORDER_PLACED: "An order, worth its net value: what its items cost after discounts, without shipping.",
    ITEM_PURCHASED: "One line of an order.",
    ORDER_REFUNDED: "Money given back, on the day on which it was given back.",
    EMAIL_DELIVERED: "A marketing e-mail reached the mailbox.",
    EMAIL_OPENED: "A marketing e-mail was opened.",
    EMAIL_CLICKED: "A link in a marketing e-mail was followed.",
    EMAIL_FORWARDED: "A marketing e-mail was passed on.",
    EMAIL_BOUNCED: "A marketing e-mail could not be delivered.",
    EMAIL_UNSUBSCRIBED: "Marketing e-mails were unsubscribed from.",
    EMAIL_COMPLAINED: "A marketing e-mail was reported as spam.",
    SMS_DELIVERED: "A text message reached the telephone.",
    SMS_CLICKED: "A link in a text message was followed.",
    PUSH_DELIVERED: "A push notification reached the device.",
    PUSH_OPENED: "A push notification was opened.",
    AD_CLICKED: "An advertisement was followed to the shop.",
    CONTENT_DOWNLOADED: "A document was fetched.",
    VIDEO_WATCHED: "A video was watched.",
    SIGNED_UP: "An account was opened.",
    LOGGED_IN: "An account was entered.",
    FEATURE_USED: "A part of the product was used.",
    SURVEY_ANSWERED: "A survey was answered.",
    SUPPORT_CONTACTED: "Support was asked for help.",
    SUBSCRIPTION_STARTED: "A subscription began.",
    SUBSCRIPTION_RENEWED: "A subscription went on for another term.",
    SUBSCRIPTION_CANCELLED: "A subscription was ended.",
}
