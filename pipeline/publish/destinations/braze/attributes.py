"""A customer's row as attributes of a user of Braze: how it is told, which names are free, whether it is held."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline.publish.destinations.destination import MEMBER, Kept, Part, Row
from pipeline.publish.plain import Json

TEXT_CHARACTERS = 255
BRAZES_OWN = frozenset(
    (
        "_merge_objects",
        "_update_existing_only",
        "alias_label",
        "alias_name",
        "app_id",
        "braze_id",
        "country",
        "current_location",
        "custom_attributes",
        "date_of_first_session",
        "date_of_last_session",
        "dob",
        "email",
        "email_click_tracking_disabled",
        "email_open_tracking_disabled",
        "email_subscribe",
        "external_id",
        "facebook",
        "first_name",
        "gender",
        "home_city",
        "image_url",
        "language",
        "last_name",
        "marked_email_as_spam_at",
        "phone",
        "push_subscribe",
        "push_token_import",
        "push_tokens",
        "sms_subscribe",
        "subscription_group_id",
        "subscription_groups",
        "time_zone",
        "twitter",
        "user_alias",
    )
)


def values_of(part: Part, row: Row) -> dict[str, Json]:
    """Return the attributes that a row sets; null takes one away."""
    if part.kept is Kept.LIST:
        return {part.remote: None if row.is_withdrawal else row.values.get(MEMBER) is True}
    return {name: _short(value) for name, value in row.values.items()}


def attributes(part: Part, row: Row) -> Json:
    """Return a row as Braze takes it. What only takes back makes nobody known whom Braze does not know."""
    only_known: dict[str, Json] = {"_update_existing_only": True} if _takes_back(part, row) else {}
    return {"external_id": row.customer_id, **only_known, **values_of(part, row)}


def _short(value: Json) -> Json:
    """Cut a text to what Braze keeps of one."""
    is_long = isinstance(value, str) and len(value) > TEXT_CHARACTERS
    return f"{str(value)[: TEXT_CHARACTERS - 1]}…" if is_long else value


def holds(held: Mapping[str, Any] | None, part: Part, row: Row) -> bool:
    """Return whether Braze holds what a row says; who is not there holds all that is to be taken back."""
    if held is None:
        return _takes_back(part, row)
    return all(_same(held.get(name), value) for name, value in values_of(part, row).items())


def _takes_back(part: Part, row: Row) -> bool:
    return row.is_withdrawal or (part.kept is Kept.LIST and row.values.get(MEMBER) is not True)


def _same(held: Any, value: Json) -> bool:  # noqa: ANN401 - whatever Braze shows
    """Return whether Braze shows a value, a date perhaps as the moment at which it begins."""
    if held == value:
        return True
    if not (isinstance(held, str) and isinstance(value, str)):
        return False
    moments = _moment(held), _moment(value)
    return moments[0] is not None and moments[0] == moments[1]


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
