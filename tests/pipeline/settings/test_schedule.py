from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from pipeline.settings.schedule import ScheduleSettings, next_start

FRIDAY = datetime(2026, 3, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize("cron", ["0 3 * * *", "*/15 1-5 * * MON-FRI", "30 2 1,15 * *", "0 0 29 2 *"])
def test_what_cron_can_read_is_a_schedule(cron):
    assert ScheduleSettings(nightly=cron).nightly == cron


def test_spaces_are_put_in_order_and_none_may_be_written_large():
    assert ScheduleSettings(nightly="  0  3 * * * ", retrain="None") == ScheduleSettings(
        nightly="0 3 * * *", retrain="none"
    )


@pytest.mark.parametrize(
    ("cron", "why"),
    [
        ("nightly", "1 of them"),
        ("@daily", "1 of them"),
        ("0 0 3 * * *", "6 of them"),
        ("", "0 of them"),
        ("0 25 * * *", "Bad hour"),
        ("61 3 * * *", "Bad minute"),
        ("0 3 31 2 *", "Bad day-of-month"),
    ],
)
def test_what_never_comes_or_is_no_schedule_is_refused_with_an_example(cron, why):
    with pytest.raises(ValidationError, match='such as "0 3 \\* \\* \\*" for three in the morning') as refused:
        ScheduleSettings(nightly=cron)
    assert f'got "{cron}" ({why})' in str(refused.value)


@pytest.mark.parametrize(
    ("cron", "time_zone", "expected"),
    [
        ("0 3 * * *", "UTC", "2026-03-28T03:00:00+00:00"),
        ("0 3 * * *", "Asia/Tokyo", "2026-03-28T03:00:00+09:00"),
        ("0 1 * * 0", "UTC", "2026-03-29T01:00:00+00:00"),
        ("30 1 29 * *", "Europe/London", "2026-03-29T02:00:00+01:00"),  # half past one is skipped that night
    ],
)
def test_the_next_start_is_told_in_the_shops_own_time(cron, time_zone, expected):
    found = next_start(cron, FRIDAY, time_zone)
    assert found is not None
    assert found.isoformat() == expected


def test_what_never_runs_has_no_next_start():
    assert next_start("none", FRIDAY, "UTC") is None
