"""Numbers that place a customer among others: percentile, rank and bucket."""

import ibis

HASHED_DIGITS = 8


def percentile(value: ibis.Value) -> ibis.Value:
    """Return the percent rank: 100 times the others with a lower value over all others; a lone value has 0.

    Multiplied before divided, as 100 * (29 / 100) is less than 29.
    """
    lower = value.rank().over(group_by=value.isnull(), order_by=value)
    others = value.count().over(group_by=value.isnull()) - 1
    place = (lower * 100.0 / others.nullif(0)).fill_null(0.0)
    return value.isnull().ifelse(ibis.null("float64"), place)


def rank(value: ibis.Value) -> ibis.Value:
    """Return one more than how many of the others are higher."""
    higher = ibis.rank().over(group_by=value.isnull(), order_by=value.desc())
    return value.isnull().ifelse(ibis.null("float64"), higher.cast("float64") + 1.0)


def bucket(name: str, customer_id: ibis.Value) -> ibis.Value:
    """Return the hash of name and customer as a number from 0 up to 100.

    By the same digits a holdout is drawn, so that `bucket('vip') < 10` are those whom 10 % would hold out of `vip`.
    """
    digits = (ibis.literal(f"{name}/") + customer_id).hexdigest("md5").substr(0, HASHED_DIGITS)
    return (ibis.literal("0x") + digits).cast("int64").cast("float64") * (100 / 16**HASHED_DIGITS)
