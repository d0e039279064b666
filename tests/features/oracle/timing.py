"""Hours and weekdays, naively."""

from collections import Counter
from collections.abc import Callable

from tests.features.oracle.browsing import ON_SITE
from tests.features.oracle.past import NAN, Past, Row, over

PARTS = {"night": range(6), "morning": range(6, 12), "afternoon": range(12, 18), "evening": range(18, 24)}


def expected(past: Past) -> dict[str, float]:
    visits = [visit[0] for visit in past.visits(past.of(*ON_SITE))]
    orders, opened = past.of("order_placed"), past.of("email_opened")

    def hour(row: Row) -> int:
        return past.local(row).hour

    def weekday(row: Row) -> int:
        return past.local(row).weekday()

    return {
        "usual_visit_hour": usual(visits, hour),
        "usual_visit_weekday": usual(visits, weekday),
        "usual_order_hour": usual(orders, hour),
        "usual_order_weekday": usual(orders, weekday),
        "usual_email_open_hour": usual(opened, hour),
        **{f"{part}_visit_share": share(visits, hour, hours) for part, hours in PARTS.items()},
        "weekend_visit_share": share(visits, weekday, range(5, 7)),
        **{f"{part}_order_share": share(orders, hour, hours) for part, hours in PARTS.items()},
        "visit_hour_concentration": gathered(visits, hour),
        "visit_weekday_concentration": gathered(visits, weekday),
        "order_hour_concentration": gathered(orders, hour),
        "order_weekday_concentration": gathered(orders, weekday),
    }


def usual(events: list[Row], part: Callable[[Row], int]) -> float:
    """The part in which most events fall, the least of several."""
    found = Counter(map(part, events))
    return min((value for value in found if found[value] == max(found.values())), default=NAN)


def share(events: list[Row], part: Callable[[Row], int], wanted: range) -> float:
    return over(sum(part(row) in wanted for row in events), len(events))


def gathered(events: list[Row], part: Callable[[Row], int]) -> float:
    """The sum of the squared shares."""
    return sum((count / len(events)) ** 2 for count in Counter(map(part, events)).values()) if events else NAN
