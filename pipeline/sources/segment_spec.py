"""The names of the Segment and RudderStack event spec: its calls, its events, its fields, in all their spellings.

Calls are spelled in camel case (`anonymousId`), tables of a warehouse in snake case with `context_…` flattened.
"""

import ibis

from pipeline.sources.json_paths import pointer

TRACK, PAGE, SCREEN, IDENTIFY, ALIAS, GROUP = "track", "page", "screen", "identify", "alias", "group"
CALLS = (TRACK, PAGE, SCREEN, IDENTIFY, ALIAS, GROUP)

# What a warehouse's tables of calls are called; every other table has the name of its event.
CALL_OF_TABLE = {
    "tracks": TRACK,
    "pages": PAGE,
    "screens": SCREEN,
    "identifies": IDENTIFY,
    "users": IDENTIFY,
    "aliases": ALIAS,
    "groups": GROUP,
}

EVENT_TYPE_OF = {
    "page": "page_viewed",
    "screen": "page_viewed",
    "products_searched": "searched",
    "product_added": "cart_added",
    "product_removed": "cart_removed",
    "order_completed": "order_placed",
    "account_created": "signed_up",
    "signed_in": "logged_in",
    "email_link_clicked": "email_clicked",
    "email_marked_as_spam": "email_complained",
    "unsubscribed": "email_unsubscribed",
    "push_notification_received": "push_delivered",
    "push_notification_tapped": "push_opened",
    "push_notification_opened": "push_opened",
    "video_playback_completed": "video_watched",
}

CHANNEL_OF = {"browser": "web", "client": "web", "mobile": "app"}

# Of the call itself. What arrived last is taken for when it happened only where nothing better is told.
OF_THE_CALL = {
    "event_id": ("messageId", "message_id", "event_id", "id"),
    "type": ("type",),
    "event": ("event_text", "event", "event_name", "event_type"),
    "anonymous_id": ("anonymousId", "anonymous_id"),
    "user_id": ("userId", "user_id"),
    "previous_id": ("previousId", "previous_id"),
    "occurred_at": (
        "timestamp",
        "originalTimestamp",
        "original_timestamp",
        "sentAt",
        "sent_at",
        "receivedAt",
        "received_at",
    ),
    "received_at": ("receivedAt", "received_at"),
    "channel": ("channel",),
    "device": ("context.device.type", "context_device_type"),
    "country": ("context.location.country", "context_location_country"),
    "source": ("context.campaign.source", "context_campaign_source"),
    "campaign_id": ("context.campaign.name", "context_campaign_name"),
    "page": ("context.page.path", "context_page_path", "context.page.url", "context_page_url"),
    "name": ("name",),
    "traits": ("traits", "context.traits"),
}

# Of its properties, or of the columns that they became.
OF_ITS_PROPERTIES = {
    "order_id": ("order_id", "orderId"),
    "product_id": ("product_id", "productId", "sku"),
    "category": ("category",),
    "quantity": ("quantity",),
    "discount": ("discount",),
    "currency": ("currency",),
    "campaign_id": ("campaign_id", "campaignId"),
    "page": ("path", "url"),
    "name": ("name",),
    "query": ("query",),
    "country": ("country",),
    "subtotal": ("subtotal",),
    "revenue": ("revenue",),
    "total": ("total",),
    "shipping": ("shipping",),
    "tax": ("tax",),
    "value": ("value",),
    "products": ("products",),
}

OF_A_PRODUCT = {
    "product_id": ("product_id", "productId", "sku", "id", "variant", "name"),
    "category": ("category",),
    "quantity": ("quantity",),
    "price": ("price",),
}

# Of the traits of who is identified.
OF_A_PERSON = {
    "email": ("email",),
    "phone": ("phone",),
    "country": ("country",),
    "address_country": ("address.country", "address_country"),
    "birthday": ("birthday",),
}

# Fields of the call that are no properties, in exports that lay both side by side.
STRUCTURE = (
    r"(?i)^(context|_metadata|integrations|channel|version|write_?key|project_?id|uuid|uuid_ts|loaded_at|traits|"
    r"properties|type|event|event_text|event_name|event_type|event_id|id|message_?id|anonymous_?id|user_?id|previous_?id|"
    r"timestamp|(original_?timestamp)|(sent|received)_?at)$|^context_"
)
# Personal data lives in the customers table and nowhere else, whatever a tracker was made to send along.
PERSONAL = (
    r"(?i)(e_?-?mail|phone(_?number)?|telephone|address.*|password|token|user_?agent|"
    r"birth_?(day|date)|date_?of_?birth|latitude|longitude|"
    r"(first|last|full|user|given|family|middle|customer|contact|recipient|shipping|billing)_?name|"
    r"(^|_)(mobile|street.*|city|zip|zip_?code|postal_?code|postcode|ip))$|@"
)


def paths(fields: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return where the fields lie in JSON."""
    return {ours: tuple(pointer(*name.split(".")) for name in theirs) for ours, theirs in fields.items()}


def snake_case(name: ibis.Value) -> ibis.Value:
    """Write "Product Added" and "productAdded" as product_added."""
    apart = name.re_replace(r"([\p{Ll}\p{N}])(\p{Lu})", r"\1_\2")
    return apart.re_replace(r"[^\p{L}\p{N}]+", "_").lower().re_replace("^_+|_+$", "")
