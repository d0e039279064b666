from datetime import UTC, datetime

import numpy as np
import pytest

from pipeline.shop.calendar import Calendar, rhythm

CALENDAR = Calendar(datetime(2023, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("christmas", [0.0, 1.6, 90.0])
def test_an_own_clock_gains_a_year_a_year(christmas: float) -> None:
    clock = rhythm(CALENDAR, christmas)
    gained = clock.own(np.array([0.0, 365.0, 730.0]))
    np.testing.assert_allclose(np.diff(gained), 365, rtol=0.02)


def test_the_own_clock_and_the_calendar_invert_each_other() -> None:
    clock, days = rhythm(CALENDAR, 1.6), np.array([0.3, 17.9, 340.5, 800.01])
    np.testing.assert_allclose(clock.calendar(clock.own(days)), days)


def test_the_own_clock_never_reaches_what_lies_beyond_the_end() -> None:
    assert np.isinf(rhythm(CALENDAR, 1.6).calendar(np.array([1e9]))).all()


@pytest.mark.parametrize(
    ("moment", "held"),
    [
        (datetime(2022, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), False),
        (datetime(2023, 1, 1, tzinfo=UTC), True),
        (datetime(2024, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), True),
        (datetime(2025, 1, 1, tzinfo=UTC), False),
    ],
)
def test_the_span_holds_its_start_and_not_its_end(moment: datetime, held: bool) -> None:  # noqa: FBT001  # a table's column
    at = np.array([moment.replace(tzinfo=None)], "datetime64[us]").astype(np.int64)
    assert CALENDAR.holds(at).tolist() == [held]
